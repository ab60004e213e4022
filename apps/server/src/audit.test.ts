import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes } from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aboutOf, createAudit } from './audit.ts';
import { createLog } from './log.ts';

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
