import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { placeInstance } from '../examples/place-a-mig-instance.ts';
import { placeJob } from '../examples/place-a-job.ts';
import { bob, gpu, leaseOf, migGpu, policyOf, slotNamed, snapshotOf } from './testing/build.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** What stands in blocks of three backticks, in order. */
const blocks = [...read('../README.md').matchAll(/```(\w*)\n([^]*?)\n```/g)].map(
  ([, language, text]) => ({ language, text }),
);
const textsOf = (language: string) =>
  blocks.filter((block) => block.language === language).map(({ text }) => text);

test('the examples of the README are the ones that are tested', () => {
  const files = ['../examples/place-a-job.ts', '../examples/place-a-mig-instance.ts'];
  expect(textsOf('ts')).toEqual(files.map((file) => read(file).trimEnd()));
});

test('the example answers what the README says', () => {
  const devices = [gpu(0)];
  const leases = [leaseOf(1, [slotNamed(devices, '0')], { user: bob })];
  const answers = [snapshotOf(devices), snapshotOf(devices, { leases })].map((snapshot) =>
    placeJob(snapshot, policyOf()),
  );
  expect(textsOf('')[0]).toBe(answers.join('\n'));
});

test('the example of MIG answers what the README says', () => {
  const devices = [migGpu(0, []), migGpu(1, [['3g.20gb', 4, 4]])];
  const answers = [placeInstance(devices, '2g.10gb'), placeInstance(devices.slice(1), '7g.40gb')];
  expect(textsOf('')[1]).toBe(answers.join('\n'));
});
