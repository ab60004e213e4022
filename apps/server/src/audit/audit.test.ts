import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes } from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aboutOf, createAudit } from './audit.ts';
import { createLog } from '../log.ts';

const call = {
  requestId: '0123456789abcdef',
  operation: 'containers.stop',
  uid: 1000,
  user: 'alice',
  object: 'a\nb',
} as const;

let folder = '';
let log = '';
const serverLog = createLog({
  debug: false,
  write: (line) => {
    log += line;
  },
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-audit-'));
  log = '';
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = (): readonly unknown[] =>
  readFileSync(join(folder, 'audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

test('a call is there before it does anything, and its outcome after', () => {
  const settle = createAudit(folder, serverLog).begin(call);
  expect(lines()).toEqual([{ time: expect.any(String), phase: 'begin', ...call }]);
  settle('ok');
  const end = { phase: 'end', outcome: 'ok', durationMs: expect.any(Number) };
  expect(lines()[1]).toMatchObject({ ...call, ...end });
  expect(statSync(join(folder, 'audit.jsonl')).mode & 0o777).toBe(0o600);
});

test('a file that has grown is set aside, nothing of it is lost', () => {
  const path = join(folder, 'audit.jsonl');
  writeFileSync(path, 'old\n');
  truncateSync(path, 64 * 1024 * 1024 + 1);
  createAudit(folder, serverLog).begin(call);
  expect(lines()).toHaveLength(1);
  expect(statSync(`${path}.1`).size).toBe(64 * 1024 * 1024 + 1);
});

test('a folder that can not be written is in the log, with what should have been kept', () => {
  rmSync(folder, { recursive: true });
  createAudit(folder, serverLog).begin(call)('ok');
  expect(log.match(/the audit log could not be written/g)).toHaveLength(2);
  expect(log).toContain(call.requestId);
});

test('an account that changes its own things without end leaves room for others', () => {
  let nowMs = Date.UTC(2026, 0, 5);
  const audit = createAudit(folder, serverLog, () => nowMs);
  // A hundred a second for half an hour.
  for (let second = 0; second < 1800; second += 1) {
    for (let count = 0; count < 100; count += 1) audit.begin(call)('ok');
    nowMs += 1000;
  }
  expect(statSync(join(folder, 'audit.jsonl')).size).toBeLessThan(2_000_000);
  const found = lines() as readonly {
    phase: string;
    uid: number;
    calls?: number;
    operations?: object;
  }[];
  const written = found.filter(({ phase }) => phase === 'begin').length;
  const told = found.filter(({ phase }) => phase === 'left-out');
  expect(written).toBeGreaterThan(2500);
  expect(told.length).toBeLessThanOrEqual(31);
  const count = told.reduce((sum, { calls = 0 }) => sum + calls, 0);
  // What was left out in the last minute is still to be told.
  expect(180_000 - written - count).toBeLessThan(6000);
  expect(told[1]).toMatchObject({ uid: 1000, operations: { 'containers.stop': told[1]?.calls } });
});

test.each([
  ['by an administrator', { operation: 'admin.containers.stop' }],
  ['in somebody’s name', { by: 'carol' }],
  ['by the superuser', { uid: 0 }],
  ['by somebody else', { uid: 1001 }],
] as const)('what is done %s is written, however much an account did before', (_, more) => {
  const audit = createAudit(folder, serverLog, () => 0);
  for (let count = 0; count < 2500; count += 1) audit.begin(call)('ok');
  audit.begin({ ...call, requestId: 'last', ...more })('ok');
  const last = { requestId: 'last' };
  expect(lines().slice(-2)).toMatchObject([
    { ...last, phase: 'begin' },
    { ...last, phase: 'end' },
  ]);
});

test('who slows down is written again', () => {
  let nowMs = 0;
  const audit = createAudit(folder, serverLog, () => nowMs);
  for (let count = 0; count < 2500; count += 1) audit.begin(call)('ok');
  nowMs += 2000;
  audit.begin({ ...call, requestId: 'later' });
  expect(lines().at(-1)).toMatchObject({ requestId: 'later', phase: 'begin' });
});

test('what a call is about is told for every route that changes something', () => {
  const paths = Object.values(routes)
    .filter(({ path, mutates }) => mutates && path.includes('{'))
    .map(({ path }) => path);
  for (const path of paths) {
    const [first = '', ...names] = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const input = Object.fromEntries([first, ...names].map((name) => [name, `the ${name}`]));
    expect(Object.values(aboutOf(input)), path).toContain(`the ${first}`);
  }
  expect(aboutOf({ user: 'bob', name: 'laptop' })).toEqual({ object: 'laptop', account: 'bob' });
  expect(aboutOf({ user: 'bob' })).toEqual({ object: null, account: 'bob' });
  expect(aboutOf({ name: ['x'], user: null })).toEqual({ object: null });
  expect(aboutOf({ name: 'x'.repeat(300) }).object).toHaveLength(200);
});
