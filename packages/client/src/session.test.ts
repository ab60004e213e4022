import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  createFrameReader,
  ds01Error,
  frameHeader,
  frameKinds,
  jsonFrame,
  problemOf,
} from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClientSession } from './session.ts';

function frame(kind: 1 | 2, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([frameHeader(kind, bytes.length), bytes]);
}

function connected(head: Uint8Array = new Uint8Array(0)) {
  const [near, far] = duplexPair();
  far.on('error', () => undefined);
  return { session: createClientSession(near, head), far, near };
}

/** What the daemon receives, as `kind:text`. */
function receive(far: Duplex): string[] {
  const reader = createFrameReader();
  const got: string[] = [];
  far.on('data', (chunk: Uint8Array) => {
    for (const { kind, bytes } of reader.push(chunk)) {
      got.push(`${kind}:${Buffer.from(bytes).toString()}`);
    }
  });
  return got;
}

const exit = (exitCode: number | null) => jsonFrame(frameKinds.exit, { exitCode });
const unreachable = expect.objectContaining({ code: 'daemon.unreachable' });

test('output arrives on its stream and the exit code at its end, however the bytes are cut', async () => {
  const piece = fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string({ maxLength: 20 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 255 }),
      async (pieces, size, exitCode) => {
        const sent = Buffer.concat([
          ...pieces.map(([kind, written]) => frame(kind, Buffer.from(written))),
          exit(exitCode),
        ]);
        const { session, far } = connected(sent.subarray(0, size));
        const outputs = Promise.all([text(session.stdout), text(session.stderr)]);
        for (let at = size; at < sent.length; at += size) far.write(sent.subarray(at, at + size));
        expect(await session.exited).toBe(exitCode);
        const expected = [1, 2].map((kind) =>
          pieces.flatMap(([of, written]) => (of === kind ? [written] : [])).join(''),
        );
        expect(await outputs).toEqual(expected);
      },
    ),
    { numRuns: 50 },
  );
});

test('input, its end, sizes and signals are frames, in order', async () => {
  const { session, far } = connected();
  const got = receive(far);
  session.stdin?.write('hello');
  await session.resize({ columns: 80, rows: 24 });
  await session.signal('SIGINT');
  session.stdin?.end();
  far.write(exit(0));
  await session.exited;
  expect(got).toEqual(['0:hello', '3:{"columns":80,"rows":24}', '4:"SIGINT"', '0:']);
});

test('a connection that breaks before the exit code says so, and output that came is kept', async () => {
  const { session, far } = connected();
  const output = text(session.stdout);
  far.write(frame(1, Buffer.from('so far')));
  await once(session.stdout, 'readable');
  far.destroy();
  await expect(session.exited).rejects.toEqual(unreachable);
  expect(await output).toBe('so far');
});

test('what ends without an exit frame, and what is no frame, is an error', async () => {
  const ended = connected();
  ended.far.end();
  await expect(ended.session.exited).rejects.toEqual(unreachable);
  const strange = connected();
  strange.far.write('HTTP/1.1 200 OK');
  await expect(strange.session.exited).rejects.toMatchObject({ code: 'request.invalid' });
});

test('an error frame is the daemon’s error', async () => {
  const { session, far } = connected();
  const error = ds01Error('daemon.unreachable', { message: 'It is being restarted.' });
  far.write(jsonFrame(frameKinds.error, problemOf(error)));
  await expect(session.exited).rejects.toMatchObject({ message: 'It is being restarted.' });
});

test('a session that its own side closes has no exit code and no error', async () => {
  const { session } = connected();
  session.close();
  expect(await session.exited).toBeNull();
});

test('a reader that takes nothing stops the daemon from sending on', async () => {
  const { session, far } = connected();
  const chunk = frame(1, new Uint8Array(65_536));
  let sent = 0;
  while (sent < 200 && far.write(chunk)) sent += 1;
  const before = sent;
  for (let more = 0; more < 20; more += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(session.stdout.readableLength).toBeLessThan(1_048_576);
  expect(before).toBeLessThan(200);
  session.close();
});

test('what is written after the process ended is dropped', async () => {
  const { session, far } = connected();
  far.write(exit(3));
  expect(await session.exited).toBe(3);
  session.stdin?.write('too late');
  session.stdin?.end();
  if (session.stdin !== null) await once(session.stdin, 'finish');
});
