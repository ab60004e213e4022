import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareOrders } from '../examples/compare-orders.ts';
import { whoIsNext } from '../examples/who-is-next.ts';
import { gpus, hourMs, inputOf, leased, request } from './testing/build.ts';
import type { TraceRequest } from './types.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** What stands in blocks of three backticks, in order. */
const blocks = [...read('../README.md').matchAll(/```(\w*)\n([^]*?)\n```/g)].map(
  ([, language, text]) => ({ language, text }),
);
const textsOf = (language: string) =>
  blocks.filter((block) => block.language === language).map(({ text }) => text);

test('the examples of the README are the ones that are tested', () => {
  const files = ['../examples/who-is-next.ts', '../examples/compare-orders.ts'];
  expect(textsOf('ts')).toEqual(files.map((file) => read(file).trimEnd()));
});

test('the example answers what the README says', () => {
  const input = inputOf({
    devices: gpus(2),
    leases: leased(1, 2),
    waiting: [
      request('both', { count: 2, waitedH: 9 }),
      request('short', { runtimeH: 1, waitedH: 3 }),
      request('long', { runtimeH: 48, waitedH: 5 }),
      request('three', { count: 3 }),
    ],
  });
  expect(textsOf('')[0]).toBe(whoIsNext(input).join('\n'));
});

test('the example of replay answers what the README says', () => {
  const asked = (id: string, changes: Partial<TraceRequest>): TraceRequest => ({
    id,
    user: 'many',
    group: 'students',
    priority: 'normal',
    gpus: 1,
    submittedAtMs: 0,
    durationMs: 4 * hourMs,
    runtimeMs: 8 * hourMs,
    ...changes,
  });
  const requests = [
    ...Array.from({ length: 6 }, (_, index) => asked(`m${index}`, {})),
    asked('one', { user: 'one', submittedAtMs: hourMs / 2, durationMs: hourMs }),
  ];
  expect(textsOf('')[1]).toBe(compareOrders({ gpus: 2, requests }).join('\n'));
});
