import { createFrameReader, ds01Error, frameKinds, problemOf, toDs01Error } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameStream, textStream } from './output-stream.ts';

const problem = (error: unknown) => problemOf(toDs01Error(error), 'id');
const never = new AbortController().signal;

async function* chunksOf(texts: readonly LogChunk[]): AsyncGenerator<LogChunk> {
  yield* texts;
}

async function framesIn(readable: ReadableStream<Uint8Array>) {
  const reader = createFrameReader();
  const frames: { readonly kind: number; readonly text: string }[] = [];
  for await (const bytes of readable) {
    for (const piece of reader.push(bytes)) {
      frames.push({ kind: piece.kind, text: Buffer.from(piece.bytes).toString('latin1') });
    }
  }
  return frames;
}

test('every byte arrives on its own stream, and then the end', async () => {
  const chunk = fc.record({
    stream: fc.constantFrom('stdout', 'stderr'),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(chunk), async (chunks) => {
      const { readable, done } = frameStream(chunksOf(chunks), {
        signal: never,
        problemOf: problem,
      });
      const frames = await framesIn(readable);
      await done;
      expect(frames.pop()).toEqual({ kind: frameKinds.exit, text: '{"exitCode":null}' });
      for (const stream of ['stdout', 'stderr'] as const) {
        const sent = chunks.filter((given) => given.stream === stream).map(({ bytes }) => bytes);
        const got = frames.filter(({ kind }) => kind === frameKinds[stream]);
        expect(got.map(({ text }) => text).join('')).toBe(Buffer.concat(sent).toString('latin1'));
      }
    }),
  );
});

test('a source is asked for no more than its reader takes', async () => {
  let made = 0;
  async function* endless(): AsyncGenerator<LogChunk> {
    for (;;) {
      made += 1;
      yield { stream: 'stdout', bytes: new Uint8Array(65_536) };
    }
  }
  const { readable, done } = textStream(endless(), { signal: never, onBroken: () => undefined });
  const reader = readable.getReader();
  for (let taken = 0; taken < 5; taken += 1) await reader.read();
  expect(made).toBeLessThanOrEqual(7);
  await reader.cancel();
  await done;
  expect(made).toBeLessThanOrEqual(7);
});

test('a source that fails ends in an error frame, and one that was told why in that', async () => {
  async function* failing(): AsyncGenerator<LogChunk> {
    yield { stream: 'stdout', bytes: Buffer.from('x') };
    throw ds01Error('engine.unreachable', { message: 'gone' });
  }
  const failed = frameStream(failing(), { signal: never, problemOf: problem });
  const [, error] = await framesIn(failed.readable);
  expect(error?.kind).toBe(frameKinds.error);
  expect(error?.text).toContain('engine.unreachable');

  const controller = new AbortController();
  async function* following(): AsyncGenerator<LogChunk> {
    yield { stream: 'stdout', bytes: Buffer.from('x') };
    controller.abort(ds01Error('daemon.unreachable', { message: 'restart' }));
  }
  const ended = frameStream(following(), { signal: controller.signal, problemOf: problem });
  const frames = await framesIn(ended.readable);
  expect(frames.at(-1)?.kind).toBe(frameKinds.error);
  expect(frames.at(-1)?.text).toContain('daemon.unreachable');
});

test('what nobody reads is given up once its request has ended', async () => {
  const controller = new AbortController();
  const { done } = frameStream(chunksOf([{ stream: 'stdout', bytes: Buffer.from('x') }]), {
    signal: controller.signal,
    problemOf: problem,
  });
  controller.abort();
  await done;
});

test('text that breaks off breaks the connection: nobody takes a part for the whole', async () => {
  async function* failing(): AsyncGenerator<LogChunk> {
    yield { stream: 'stdout', bytes: Buffer.from('part') };
    throw ds01Error('engine.unreachable', { message: 'gone' });
  }
  let isBroken = false;
  const onBroken = () => {
    isBroken = true;
  };
  const { readable, done } = textStream(failing(), { signal: never, onBroken });
  const reader = readable.getReader();
  await reader.read();
  await reader.read();
  expect(isBroken).toBe(true);
  await expect(done).rejects.toMatchObject({ code: 'engine.unreachable' });
});
