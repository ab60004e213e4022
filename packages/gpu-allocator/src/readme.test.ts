import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placeJob } from '../examples/place-a-job.ts';
import { bob, gpu, leaseOf, policyOf, slotNamed, snapshotOf } from './testing/build.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example of the README is the one that is tested', () => {
  const block = /```ts\n([^]*?)```/.exec(read('../README.md'))?.[1];
  expect(block).toBe(read('../examples/place-a-job.ts'));
});

test('the example answers what the README says', () => {
  const devices = [gpu(0)];
  const leases = [leaseOf(1, [slotNamed(devices, '0')], { user: bob })];
  const answers = [snapshotOf(devices), snapshotOf(devices, { leases })].map((snapshot) =>
    placeJob(snapshot, policyOf()),
  );
  expect(/```\n(GPU-[^]*?)\n```/.exec(read('../README.md'))?.[1]).toBe(answers.join('\n'));
});
