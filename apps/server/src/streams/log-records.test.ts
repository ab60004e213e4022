import { text } from 'node:stream/consumers';
import { problemOf, toDs01Error } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resumedBy, serverSentEvents } from './event-stream.ts';

/** One line as a process printed it. */
interface Printed {
  readonly stream: LogChunk['stream'];
  /** Nanoseconds after some moment. */
  readonly atNs: number;
  readonly line: string;
}

/** One entry of the engine’s file. */
interface Entry {
  readonly stream: LogChunk['stream'];
  readonly atNs: number;
  readonly bytes: Uint8Array;
}

const startMs = Date.parse('2026-11-22T21:00:00Z');
const entryBytes = 16_384;
const never = new AbortController().signal;

function stampOf(atNs: number): string {
  const seconds = new Date(startMs + Math.floor(atNs / 1e9) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(atNs % 1e9).padStart(9, '0')}Z`;
}

/** As the engine keeps lines: cut into entries of 16 KiB, each with the time of the line. */
function entriesOf({ stream, atNs, line }: Printed): readonly Entry[] {
  const all = new TextEncoder().encode(`${line}\n`);
  const entries: Entry[] = [];
  for (let at = 0; at < all.length; at += entryBytes) {
    entries.push({ stream, atNs, bytes: all.subarray(at, at + entryBytes) });
  }
  return entries;
}

/** What the engine sends of its file, in pieces of any size. */
async function* sent(
  entries: readonly Entry[],
  { sinceMs, pieceBytes }: { readonly sinceMs: number; readonly pieceBytes: number },
): AsyncGenerator<LogChunk> {
  for (const { stream, atNs, bytes } of entries) {
    if (startMs + atNs / 1e6 < sinceMs) continue;
    const stamped = Buffer.concat([Buffer.from(`${stampOf(atNs)} `), bytes]);
    for (let at = 0; at < stamped.length; at += pieceBytes) {
      yield { stream, bytes: stamped.subarray(at, at + pieceBytes) };
    }
  }
}

interface Told {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** The events of a reader who has everything up to `lastId`. */
async function told(
  entries: readonly Entry[],
  { lastId = '', pieceBytes = 50_000 }: { readonly lastId?: string; readonly pieceBytes?: number },
): Promise<readonly Told[]> {
  const { input, after } = resumedBy('containers.logs', lastId);
  const sinceMs = Number(input['sinceMs'] ?? 0);
  const body = await text(
    serverSentEvents(sent(entries, { sinceMs, pieceBytes }), {
      id: 'containers.logs',
      signal: never,
      problemOf: (error) => problemOf(toDs01Error(error), 'id'),
      after,
    }),
  );
  return body.split('\n\n').flatMap((one) => {
    const event = /^event: (std\w+)$/m.exec(one)?.[1];
    if (event === undefined) return [];
    const id = /^id: (.*)$/m.exec(one)?.[1] ?? null;
    return [{ event, id, data: /^data: (.*)$/m.exec(one)?.[1] ?? '' }];
  });
}

const printed = fc
  .array(
    fc.record({
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      // Often the same moment, sometimes seconds later.
      afterNs: fc.constantFrom(0, 0, 1, 999, 1_000_000, 1_500_000_000),
      line: fc.oneof(
        fc.string({ unit: fc.constantFrom('a', 'ä', ' ', ':'), maxLength: 12 }),
        fc
          .constantFrom(entryBytes - 1, entryBytes, entryBytes + 1, 40_000)
          .map((n) => 'x'.repeat(n)),
      ),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((lines) => {
    let atNs = 0;
    return lines.map(({ afterNs, ...line }): Printed => ({ ...line, atNs: (atNs += afterNs) }));
  });

test('whoever comes back gets each line once, wherever they left and however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      printed,
      fc.integer({ min: 1, max: 300 }),
      fc.nat(),
      async (lines, size, left) => {
        const entries = lines.flatMap(entriesOf);
        const whole = await told(entries, { pieceBytes: size });
        expect(whole.map(({ event, data }) => [event, data])).toEqual(
          lines.map(({ stream, line }) => [stream, line]),
        );
        expect(new Set(whole.map(({ id }) => id)).size).toBe(lines.length);
        const at = left % whole.length;
        const rest = await told(entries, { lastId: whole[at]?.id ?? '' });
        expect(rest).toEqual(whole.slice(at + 1));
      },
    ),
    { numRuns: 60 },
  );
});

test('a line counts from its beginning, and nothing is lost when another ends in between', async () => {
  const [first, second, third] = entriesOf({
    stream: 'stdout',
    atNs: 10,
    line: 'x'.repeat(40_000),
  });
  const [other] = entriesOf({ stream: 'stderr', atNs: 11, line: 'other' });
  const entries = [first, second, other, third].filter((entry) => entry !== undefined);
  const whole = await told(entries, {});
  expect(whole.map(({ event }) => event)).toEqual(['stderr', 'stdout']);
  expect(await told(entries, { lastId: whole[0]?.id ?? '' })).toEqual(whole.slice(1));
  expect(await told(entries, { lastId: whole[1]?.id ?? '' })).toEqual([]);
});

test('of a line in parts the last one has the id; what the reader has comes in no part', async () => {
  const long: Printed = { stream: 'stdout', atNs: 5, line: 'y'.repeat(150_000) };
  const entries = [long, { ...long, atNs: 9, line: 'z' }].flatMap(entriesOf);
  const whole = await told(entries, {});
  expect(whole.map(({ id }) => id !== null)).toEqual([false, true, true]);
  expect(
    whole
      .slice(0, 2)
      .map(({ data }) => data)
      .join(''),
  ).toBe(long.line);
  expect(await told(entries, { lastId: whole[1]?.id ?? '' })).toEqual(whole.slice(2));
});

test('a line that never ends is told in parts, also to who comes back', async () => {
  const long: Printed = { stream: 'stdout', atNs: 5, line: 'y'.repeat(3_000_000) };
  const entries = entriesOf(long).slice(0, -1);
  const lastId = `${String(startMs / 1000)}.900000000-0`;
  expect((await told(entries, { lastId })).length).toBeGreaterThan(10);
});

test('output without times is told without ids', async () => {
  const bytes = new TextEncoder().encode('2026 was a year\n\n2026-11-22T21:00:00Z\nend');
  const plain = async function* (): AsyncGenerator<LogChunk> {
    yield { stream: 'stdout', bytes };
  };
  const body = await text(
    serverSentEvents(plain(), {
      id: 'containers.logs',
      signal: never,
      problemOf: (error) => problemOf(toDs01Error(error), 'id'),
    }),
  );
  expect(body).not.toContain('id:');
  expect(body.match(/^data: .*$/gm)).toEqual([
    'data: 2026 was a year',
    'data: ',
    'data: 2026-11-22T21:00:00Z',
    'data: end',
    'data: {}',
  ]);
});
