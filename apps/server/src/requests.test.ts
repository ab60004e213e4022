import { expect, test } from 'vitest';
import { createRequests } from './requests.ts';

test('a request is cancelled by its owner alone, and only while it runs', () => {
  const requests = createRequests();
  const running = requests.begin();
  expect(requests.cancel(running.id, 1000, { dryRun: false })).toBe(false);
  running.ownedBy(1000);
  expect(requests.cancel(running.id, 1001, { dryRun: false })).toBe(false);
  expect(requests.cancel(running.id, 1000, { dryRun: true })).toBe(true);
  expect(running.signal.aborted).toBe(false);
  expect(requests.cancel(running.id, 1000, { dryRun: false })).toBe(true);
  expect(running.signal.aborted).toBe(true);
  running.end();
  expect(requests.cancel(running.id, 1000, { dryRun: false })).toBe(false);
});

test('idle is when the last one has ended, at once when there is none', async () => {
  const requests = createRequests();
  await requests.idle();
  const [first, second] = [requests.begin(), requests.begin()];
  let isIdle = false;
  const idle = requests.idle().then(() => {
    isIdle = true;
  });
  first.end();
  first.end();
  await Promise.resolve();
  expect({ isIdle, count: requests.count }).toEqual({ isIdle: false, count: 1 });
  second.end();
  await idle;
  expect(requests.count).toBe(0);
});

test('who only watches keeps nobody from being quiet, but from being idle', async () => {
  const requests = createRequests();
  const [watching, working] = [requests.begin(), requests.begin()];
  let isQuiet = false;
  const quiet = requests.quiet().then(() => {
    isQuiet = true;
  });
  watching.watch();
  await Promise.resolve();
  expect(isQuiet).toBe(false);
  working.end();
  await quiet;
  expect(requests.count).toBe(1);
  watching.end();
  await requests.idle();
});

test('ids are not to be guessed, and all are aborted at once', () => {
  const requests = createRequests();
  const all = Array.from({ length: 100 }, () => requests.begin());
  expect(new Set(all.map(({ id }) => id)).size).toBe(100);
  for (const { id } of all) expect(id).toMatch(/^[0-9a-f]{16}$/);
  requests.abortAll(new Error('restart'));
  expect(all.every(({ signal }) => signal.aborted)).toBe(true);
});

test('who asks for the signal only after the end of the connection learns of it', () => {
  const requests = createRequests();
  const [left, detached] = [requests.begin(), requests.begin()];
  detached.detach();
  for (const one of [left, detached]) one.disconnected();
  expect([left, detached].map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(left.signal.reason).toMatchObject({ name: 'AbortError' });
});

test('whoever aborts may say why', () => {
  const running = createRequests().begin();
  const reason = new Error('restart');
  running.abort(reason);
  expect(running.signal.reason).toBe(reason);
});

test('a request whose answer is over counts while what it began goes on', async () => {
  const requests = createRequests();
  const running = requests.begin();
  running.ownedBy(1000);
  const release = running.hold();
  running.end();
  running.end();
  expect(requests.count).toBe(1);
  expect(requests.cancel(running.id, 1000, { dryRun: true })).toBe(true);
  release();
  release();
  await requests.idle();
  expect(requests.count).toBe(0);
});
