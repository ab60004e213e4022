import { text } from 'node:stream/consumers';
import { ds01Error, problemOf, toDs01Error, type StreamId } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resumedBy, serverSentEvents } from './event-stream.ts';
import { byteStream } from './output-stream.ts';

const never = new AbortController().signal;
const asProblem = (error: unknown) => problemOf(toDs01Error(error), 'id');

interface Told {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** Reads server-sent events as a browser does (WHATWG HTML, 9.2.6). */
function parse(body: string): readonly Told[] {
  const told: Told[] = [];
  let event = '';
  let data: string[] = [];
  let id: string | null = null;
  for (const line of body.split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length > 0) told.push({ event: event || 'message', id, data: data.join('\n') });
      event = '';
      data = [];
    }
    const [, field, value = ''] = /^([a-z]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
    if (field === 'id') id = value;
  }
  return told;
}

async function textOf(
  chunks: AsyncIterable<LogChunk>,
  more: Partial<Parameters<typeof serverSentEvents>[1]> = {},
): Promise<string> {
  const options = { id: 'containers.logs', signal: never, problemOf: asProblem, ...more } as const;
  return text(serverSentEvents(chunks, options));
}

const chunk = (line: string, stream: LogChunk['stream'] = 'stdout'): LogChunk => ({
  stream,
  bytes: new TextEncoder().encode(line),
});

async function* chunksOf(chunks: readonly LogChunk[]): AsyncGenerator<LogChunk> {
  yield* chunks;
}

test('each record is an event with its id, however it was cut', async () => {
  const lines = '{"id":7,"type":"a"}\n{"line":8,"progress":"ä\\n"}\n{"entry":{"id":"q1"}}\n';
  const bytes = new TextEncoder().encode(lines);
  const chunks = Array.from(bytes, (byte) => ({
    stream: 'stdout' as const,
    bytes: Uint8Array.of(byte),
  }));
  const told = parse(await textOf(chunksOf(chunks), { id: 'events.follow' }));
  expect(told).toEqual([
    { event: 'message', id: '7', data: '{"id":7,"type":"a"}' },
    { event: 'message', id: '8', data: '{"line":8,"progress":"ä\\n"}' },
    { event: 'message', id: '8', data: '{"entry":{"id":"q1"}}' },
    { event: 'end', id: '8', data: '{}' },
  ]);
});

test('lines of output arrive whole, on their stream; a carriage return is a line of its own', async () => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'ä', '€', ':', ' ', '\r', 'd'),
    maxLength: 9,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      async (lines, length) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
        const chunks: LogChunk[] = [];
        for (let at = 0; at < bytes.length;) {
          chunks.push({ stream: 'stderr', bytes: bytes.subarray(at, at + length) });
          at += length;
        }
        const told = parse(await textOf(chunksOf(chunks)));
        expect(told.slice(0, -1)).toEqual(
          lines.map((line) => ({
            event: 'stderr',
            id: null,
            data: line.replace(/\r$/, '').replaceAll('\r', '\n'),
          })),
        );
      },
    ),
  );
});

test('a line without an end doesn’t grow for ever, and the last one needs none', async () => {
  const told = parse(await textOf(chunksOf([chunk('x'.repeat(70_000)), chunk('y')])));
  expect(told.map(({ data }) => data.length)).toEqual([70_000, 1, 2]);
});

test('a source that fails says so in its last event', async () => {
  const failing = async function* () {
    yield chunk('one\n');
    throw ds01Error('engine.unreachable', { message: 'gone' });
  };
  const told = parse(await textOf(failing()));
  expect(told.map(({ event }) => event)).toEqual(['stdout', 'problem']);
  expect(JSON.parse(told[1]?.data ?? '')).toMatchObject({ code: 'engine.unreachable' });
});

test('while nothing comes there is a heartbeat, and nothing is lost by it', async () => {
  const gate = Promise.withResolvers<void>();
  const slow = async function* () {
    await gate.promise;
    yield chunk('late\n');
  };
  const stream = serverSentEvents(slow(), {
    id: 'containers.logs',
    signal: never,
    problemOf: asProblem,
    everyMs: 1,
  });
  const next = async () => Buffer.from((await stream.next()).value ?? []).toString();
  expect([await next(), await next(), await next()]).toEqual([
    'retry: 2000\n\n',
    ': nothing new\n\n',
    ': nothing new\n\n',
  ]);
  gate.resolve();
  expect(parse(await text(stream))).toEqual([
    { event: 'stdout', id: null, data: 'late' },
    { event: 'end', id: null, data: '{}' },
  ]);
});

test('who comes back goes on behind the last event, where the stream can', () => {
  const inputOf = (id: StreamId, last: string) => resumedBy(id, last).input;
  expect(inputOf('events.follow', '12')).toEqual({ afterId: '12' });
  expect(inputOf('operations.follow', '3')).toEqual({ afterLine: '3' });
  expect(inputOf('events.export', '7')).toEqual({ afterId: '7' });
  expect(inputOf('queue.follow', '3')).toEqual({});
  expect(inputOf('events.follow', '')).toEqual({});
  expect(inputOf('containers.logs', '')).toEqual({ timestamps: true });
  expect(resumedBy('containers.logs', '1763845200.500000001-2')).toEqual({
    input: { timestamps: true, tail: null, sinceMs: 1_763_845_199_500 },
    after: { at: '1763845200.500000001', index: 2 },
  });
  for (const id of ['events.follow', 'containers.logs'] as const) {
    for (const wrong of ['x', '1763845200.5-2', '-1', '1'.repeat(30)]) {
      expect(() => resumedBy(id, wrong)).toThrow(/Last-Event-ID/);
    }
  }
});

test('nothing is read ahead for whoever doesn’t read', async () => {
  let read = 0;
  const endless = async function* () {
    for (;;) {
      read += 1;
      yield chunk(`${String(read)}\n`);
    }
  };
  const options = { id: 'containers.logs', signal: never, problemOf: asProblem } as const;
  const { readable } = byteStream(serverSentEvents(endless(), options), { signal: never });
  const reader = readable.getReader();
  for (let count = 0; count < 5; count += 1) await reader.read();
  await new Promise((resolve) => setImmediate(resolve));
  expect(read).toBeLessThan(8);
  await reader.cancel();
});
