import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { ds01Error } from '@ds01/contracts';
import type { EngineSession, TerminalSize } from '@ds01/ports';
import { expect, test } from 'vitest';
import { holdTerminal, type HeldTerminalOptions, type SessionEnd } from './held-session.ts';

const size = { columns: 80, rows: 24 };
const connection = { size, takeOver: false };

/** A process at a terminal, and what it was told. */
function createProcess() {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const sizes: TerminalSize[] = [];
  const { promise: exited, resolve, reject } = Promise.withResolvers<number | null>();
  exited.catch(() => undefined);
  let closed = false;
  const session: EngineSession = {
    stdin,
    stdout,
    stderr,
    tty: true,
    resize: async (given) => void sizes.push(given),
    signal: async () => undefined,
    exited,
    close: () => {
      closed = true;
      resolve(null);
    },
  };
  return {
    session,
    stdin,
    stdout,
    sizes,
    isClosed: () => closed,
    end: (code: number) => {
      stdout.end();
      resolve(code);
    },
    fail: (error: Error) => {
      stdout.destroy(error);
      reject(error);
    },
  };
}

function hold(other: Partial<HeldTerminalOptions> = {}) {
  const inside = createProcess();
  const ends: { end: SessionEnd; seen: boolean }[] = [];
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let nowMs = 0;
  const held = holdTerminal({
    session: inside.session,
    size,
    nowMs: () => (nowMs += 1000),
    limitBytes: () => 65_536,
    onEnd: (end, seen) => {
      ends.push({ end, seen });
      resolve();
    },
    ...other,
  });
  return { inside, held, ends, over };
}

/** What is shown until this text is. */
async function shown(output: Readable, until: string): Promise<string> {
  let text = '';
  while (!text.includes(until)) {
    const chunk: unknown = output.read();
    if (Buffer.isBuffer(chunk)) text += chunk.toString();
    else await once(output, 'readable');
  }
  return text;
}

test('a connection is the process’s input and output, until its end and with its exit code', async () => {
  const { inside, held, ends } = hold();
  const { stdin, stdout, exited } = held.connect(connection);
  inside.stdout.write('$ ');
  expect(await shown(stdout, '$ ')).toBe('$ ');
  stdin?.write('ls\r');
  expect(String((await once(inside.stdin, 'data'))[0])).toBe('ls\r');
  expect(held.lastInputAtMs).not.toBeNull();
  inside.stdout.write('bye');
  inside.end(7);
  expect(await shown(stdout, 'bye')).toBe('bye');
  stdout.resume();
  await once(stdout, 'end');
  expect(await exited).toBe(7);
  expect(ends).toEqual([{ end: { kind: 'ended', exitCode: 7 }, seen: true }]);
});

test('a process that nobody is connected with goes on printing, and is seen later', async () => {
  const { inside, held } = hold();
  const first = held.connect(connection);
  first.close();
  expect(await first.exited).toBeNull();
  expect(held.connected).toBe(false);
  expect(held.detachedAtMs).not.toBeNull();
  for (let index = 0; index < 5000; index += 1) {
    if (!inside.stdout.write(`step ${index}\r\n`)) await once(inside.stdout, 'drain');
  }
  const second = held.connect(connection);
  expect(held.detachedAtMs).toBeNull();
  expect(await shown(second.stdout, 'step 4999')).toContain('step 4990\r\n');
  expect(inside.isClosed()).toBe(false);
});

test('a second terminal is refused, or takes over: then the first is told and types no more', async () => {
  const { inside, held } = hold();
  const first = held.connect(connection);
  expect(() => held.connect(connection)).toThrow(
    expect.objectContaining({ code: 'session.attached' }),
  );
  const second = held.connect({ size: { columns: 100, rows: 30 }, takeOver: true });
  await expect(first.exited).rejects.toMatchObject({ code: 'session.taken-over' });
  expect(inside.sizes.at(-1)).toEqual({ columns: 100, rows: 30 });
  first.close();
  expect(held.connected).toBe(true);
  first.stdin?.write('first');
  await first.resize({ columns: 1, rows: 1 });
  second.stdin?.write('second');
  expect(String((await once(inside.stdin, 'data'))[0])).toBe('second');
  expect(inside.sizes).toHaveLength(1);
});

test('a full-screen program sees two sizes, so that it draws itself anew', async () => {
  const { inside, held } = hold();
  const first = held.connect(connection);
  inside.stdout.write('\u001b[?1049hscreen');
  await shown(first.stdout, 'screen');
  first.close();
  const second = held.connect(connection);
  expect(await shown(second.stdout, 'screen')).toContain('\u001b[?1049h');
  await expect.poll(() => inside.sizes).toEqual([{ columns: 80, rows: 23 }, size]);
});

test('a terminal that takes nothing stops the process for a moment only, and is drawn anew', async () => {
  const { inside, held } = hold({ stallMs: 20 });
  const { stdout } = held.connect(connection);
  const line = `${'x'.repeat(98)}\r\n`;
  for (let index = 0; index < 20_000; index += 1) {
    if (!inside.stdout.write(line)) await once(inside.stdout, 'drain');
  }
  inside.stdout.write('last');
  await expect.poll(() => inside.stdout.readableLength).toBe(0);
  const text = await shown(stdout, 'last');
  expect(text.length).toBeLessThan(1_000_000);
  expect(text).toContain('\u001b[0m');
});

test('an end that nobody saw is told with what was printed last', async () => {
  const { inside, held, ends, over } = hold();
  held.connect(connection).close();
  inside.stdout.write('epoch 1\r\ndone\r\n');
  inside.end(0);
  await over;
  expect(ends).toEqual([{ end: { kind: 'ended', exitCode: 0 }, seen: false }]);
  expect(held.lastLines()).toEqual(['epoch 1', 'done']);
});

test('an engine that is gone is an error for who is connected, and the session is lost', async () => {
  const { inside, held, ends, over } = hold();
  const { exited } = held.connect(connection);
  inside.fail(ds01Error('engine.unreachable', { message: 'The engine is gone.' }));
  await expect(exited).rejects.toMatchObject({ code: 'engine.unreachable' });
  await over;
  expect(ends).toEqual([{ end: { kind: 'lost' }, seen: true }]);
});

test('input that a process doesn’t read is kept up to a point', async () => {
  const { inside, held } = hold();
  inside.stdin.pause();
  for (let round = 0; round < 12; round += 1) {
    const { stdin, close } = held.connect(connection);
    stdin?.write(Buffer.alloc(262_144));
    close();
  }
  expect(inside.stdin.writableLength).toBeLessThan(2 * 1_048_576);
});

test('letting go closes the engine’s side and says nothing of an end', async () => {
  const { inside, held, ends } = hold();
  const { exited } = held.connect(connection);
  held.close();
  expect(await exited).toBeNull();
  expect(inside.isClosed()).toBe(true);
  inside.end(0);
  await inside.session.exited;
  expect(ends).toEqual([]);
});
