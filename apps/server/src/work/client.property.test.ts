import { createBrowserClient } from '@ds01/client/browser';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkServer, type WorkServer } from '../testing/work-server.ts';

let server: WorkServer;
let count = 0;
beforeAll(async () => {
  server = await startWorkServer({
    call: async ({ options: { onProgress } }) => {
      count += 1;
      for (let line = 1; line <= 4; line += 1) onProgress?.(`step ${String(line)}`);
      // What takes a turn of the loop can be asked for again while it is under way.
      await new Promise((resolve) => setImmediate(resolve));
      return containerOutput;
    },
  });
});
afterAll(() => server.close());

const containerOutput = { note: 'x'.repeat(300) };

/** What the network does to one exchange: nothing, loses what is sent or answered, cuts the answer. */
const faults = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.constant({ kind: 'unsent' } as const),
  fc.constant({ kind: 'unanswered' } as const),
  fc.record({ kind: fc.constant('cut' as const), bytes: fc.nat({ max: 700 }) }),
);
type Fault = typeof faults extends fc.Arbitrary<infer T> ? T : never;

/** `fetch` across a network that behaves as planned, then well. */
function across(plan: readonly Fault[]): typeof fetch {
  const left = [...plan];
  const gone = (): never => {
    throw new TypeError('the network is gone');
  };
  return async (target, init) => {
    const fault = left.shift() ?? { kind: 'none' };
    if (fault.kind === 'unsent') return gone();
    const headers = { ...Object.fromEntries(new Headers(init?.headers)), 'x-user': 'alice' };
    const answer = await fetch(target, { ...init, headers });
    if (fault.kind === 'unanswered') return gone();
    return fault.kind === 'none' ? answer : cut(answer, fault.bytes);
  };
}

function cut(answer: Response, bytes: number): Response {
  let left = bytes;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (left > 0) controller.enqueue(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) controller.error(new TypeError('the network is gone'));
    },
  });
  return new Response(answer.body?.pipeThrough(limit) ?? null, answer);
}

const calls = fc.constantFrom('containers.stop', 'containers.rename');

test('however often the network fails, what was asked for is done once and told in full', async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.array(faults, { maxLength: 5 }), async (id, plan) => {
      count = 0;
      const client = createBrowserClient({
        url: server.url,
        token: 'ds01_of-no-matter',
        version: '0.0.0',
        trustsOwnVersion: true,
        retry: { attempts: 9, firstPauseMs: 0 },
        fetch: across(plan),
      });
      const lines: string[] = [];
      const onProgress = (line: string) => lines.push(line);
      const input = { name: 'thesis', newName: 'paper' };
      const asked = id === 'containers.stop' ? { name: 'thesis' } : input;
      const result = await client.call(id, asked as never, { onProgress });
      expect([result, count]).toEqual([containerOutput, 1]);
      const all = ['step 1', 'step 2', 'step 3', 'step 4'];
      expect(lines).toEqual(id === 'containers.stop' ? all : []);
      client.close();
    }),
    { numRuns: 20 },
  );
});
