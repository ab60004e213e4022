import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { containerIdSchema, heldSessionSchema } from '@ds01/contracts';
import type { EngineSession } from '@ds01/ports';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSessionKeeper, maxSessions } from './session-keeper.ts';
import { createSessionNotes } from './session-notes.ts';

const containerId = (letter: string) => containerIdSchema.parse(letter.repeat(64));
const thesis = { containerId: containerId('a'), uid: 1000 };
const other = { containerId: containerId('b'), uid: 1000 };
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const log = { ...quiet, error: () => undefined };
const again = { size: null, takeOver: false };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-sessions-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function createKeeper() {
  return createSessionKeeper({
    nowMs: () => 1_790_000_000_000,
    notes: createSessionNotes(folder, log),
    leaveTo: async () => undefined,
  });
}

/** A process at a terminal that ends when it is told to. */
function createProcess() {
  const stdout = new PassThrough();
  const { promise: exited, resolve } = Promise.withResolvers<number | null>();
  let closed = false;
  const session: EngineSession = {
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    tty: true,
    resize: async () => undefined,
    signal: async () => undefined,
    exited,
    close: () => {
      closed = true;
      resolve(null);
    },
  };
  const end = (code: number): void => {
    stdout.end();
    resolve(code);
  };
  return { session, end, isClosed: () => closed };
}

const shell = { command: null, size: null };

test('sessions are numbered in their container, and say who is connected', () => {
  const keeper = createKeeper();
  const first = keeper.keep(createProcess().session, { ...thesis, ...shell });
  const command = ['python3', '-c', 'print(\u001b)\n'.repeat(100)];
  keeper.keep(createProcess().session, { ...thesis, command, size: null });
  keeper.keep(createProcess().session, { ...other, ...shell });
  first.close();
  const listed = keeper.list(thesis.containerId);
  expect(listed.map((session) => heldSessionSchema.parse(session))).toEqual(listed);
  expect(listed).toMatchObject([
    { id: '1', command: null, state: 'detached', detachedAt: '2026-09-21T14:13:20.000Z' },
    { id: '2', command: expect.stringMatching(/^python3 -c print\( \)/), state: 'attached' },
  ]);
  expect(listed[1]?.command?.length).toBeLessThanOrEqual(200);
  expect(keeper.list(other.containerId)).toMatchObject([{ id: '1' }]);
});

test('a session is gone back to by its number, in its container only', () => {
  const keeper = createKeeper();
  keeper.keep(createProcess().session, { ...thesis, ...shell }).close();
  const notThere = expect.objectContaining({ code: 'session.not-found' });
  expect(() => keeper.resume({ ...other, id: '1' }, again)).toThrow(notThere);
  expect(() => keeper.resume({ ...thesis, id: '2' }, again)).toThrow(notThere);
  keeper.resume({ ...thesis, id: '1' }, again).close();
});

test('what ended unseen is remembered until another session is opened there', async () => {
  const keeper = createKeeper();
  const { session, end } = createProcess();
  keeper.keep(session, { ...thesis, ...shell }).close();
  session.stdout.push('done\r\n');
  end(3);
  const states = () => keeper.list(thesis.containerId).map(({ id, state }) => [id, state]);
  await expect.poll(states).toEqual([['1', 'ended']]);
  expect(keeper.list(thesis.containerId)[0]).toMatchObject({ exitCode: 3, lastLines: ['done'] });
  expect(() => keeper.resume({ ...thesis, id: '1' }, again)).toThrow(
    expect.objectContaining({ code: 'session.not-found' }),
  );
  keeper.keep(createProcess().session, { ...thesis, ...shell });
  expect(states()).toEqual([['2', 'attached']]);
});

test('what ended before somebody’s eyes is forgotten at once', async () => {
  const keeper = createKeeper();
  const { session, end } = createProcess();
  keeper.keep(session, { ...thesis, ...shell }).stdout.resume();
  end(0);
  await expect.poll(() => keeper.list(thesis.containerId)).toEqual([]);
});

test('there are so many for a container, so many for a person, and others have theirs', () => {
  const keeper = createKeeper();
  const open = (place: typeof thesis): void => {
    const leave = keeper.admit(place);
    keeper.keep(createProcess().session, { ...place, ...shell });
    leave();
  };
  const refused = expect.objectContaining({ code: 'session.too-many' });
  for (const letter of ['a', 'b', 'c']) {
    const place = { containerId: containerId(letter), uid: 1000 };
    for (let count = 0; count < maxSessions.container; count += 1) open(place);
    expect(() => open(place)).toThrow(refused);
  }
  expect(() => open({ containerId: containerId('d'), uid: 1000 })).toThrow(refused);
  open({ containerId: containerId('e'), uid: 1001 });
});

test('sessions that are being opened at once count, until they came to nothing', () => {
  const keeper = createKeeper();
  const leave = Array.from({ length: maxSessions.container }, () => keeper.admit(thesis));
  const refused = expect.objectContaining({ code: 'session.too-many' });
  expect(() => keeper.admit(thesis)).toThrow(refused);
  for (const one of leave) one();
  expect(() => keeper.admit(thesis)).not.toThrow();
});

test('the next daemon knows which sessions were lost, and nobody else may read of them', async () => {
  const keeper = createKeeper();
  keeper.keep(createProcess().session, { ...thesis, ...shell }).close();
  await keeper.close();
  expect(statSync(join(folder, 'sessions.json')).mode & 0o777).toBe(0o600);
  const next = createKeeper();
  expect(next.list(thesis.containerId)).toMatchObject([{ id: '1', state: 'lost', endedAt: null }]);
  next.keep(createProcess().session, { ...thesis, ...shell });
  expect(next.list(thesis.containerId)).toMatchObject([{ id: '2', state: 'attached' }]);
});

test('notes that can’t be read or written are no reason to fail', () => {
  writeFileSync(join(folder, 'sessions.json'), '[{"id":"../1"}]');
  const keeper = createKeeper();
  expect(keeper.list(thesis.containerId)).toEqual([]);
  rmSync(folder, { recursive: true });
  keeper.keep(createProcess().session, { ...thesis, ...shell });
  expect(keeper.list(thesis.containerId)).toHaveLength(1);
  folder = mkdtempSync(join(tmpdir(), 'ds01-sessions-'));
  expect(() => readFileSync(join(folder, 'sessions.json'))).toThrow('ENOENT');
});

test('a terminal that nobody goes back to is read on, up to a number of them', () => {
  const keeper = createKeeper();
  const processes = Array.from({ length: 40 }, () => createProcess());
  for (const { session } of processes) {
    keeper.accompany(session, { ...thesis, size: null }).close();
  }
  expect(processes.filter(({ isClosed }) => isClosed())).toHaveLength(8);
  expect(processes.slice(0, 8).every(({ isClosed }) => isClosed())).toBe(true);
  expect(keeper.list(thesis.containerId)).toEqual([]);
});
