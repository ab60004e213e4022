import { problemSchema } from '@ds01/contracts';
import { operationSchema, type OperationView } from '@ds01/contracts/service';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonHeaders, pathOf, startWorkServer, type WorkServer } from '../testing/work-server.ts';

const isLong = process.env['DS01_TEST_LONG'] === '1';
const names = ['a', 'b', 'c'];
const listSchema = z.object({ operations: z.array(operationSchema) });

/** One piece of work as it really went. */
interface Truth {
  begun: number;
  /** How it ended; `cut-off` with its daemon. */
  ended: 'no' | 'succeeded' | 'failed' | 'cancelled' | 'cut-off';
  readonly begins: PromiseWithResolvers<void>;
  settle: { readonly done: () => void; readonly fail: () => void } | null;
}

/** Daemons one after the other on one ledger, and people who use one key for each piece of work. */
async function createSite() {
  const truths = new Map(names.map((name) => [name, newTruth()]));
  const truthOf = (name: string): Truth => {
    const truth = truths.get(name);
    if (truth === undefined) throw new Error(`no ${name}`);
    return truth;
  };
  const dead: WorkServer[] = [];
  const connections = new Set<AbortController>();
  const serve = (store?: WorkServer['store']): Promise<WorkServer> => {
    let isAlive = true;
    const behaviour = {
      call: ({
        input,
        options,
      }: {
        input: object;
        options: { signal?: AbortSignal | undefined };
      }) => {
        const truth = truthOf(z.object({ name: z.string() }).parse(input).name);
        truth.begun += 1;
        const ending = Promise.withResolvers<unknown>();
        truth.settle = {
          done: () => {
            if (!isAlive || truth.ended !== 'no') return;
            truth.ended = 'succeeded';
            ending.resolve({ times: truth.begun });
          },
          fail: () => {
            if (!isAlive || truth.ended !== 'no') return;
            truth.ended = 'failed';
            ending.reject(new Error('it broke'));
          },
        };
        options.signal?.addEventListener('abort', () => {
          if (!isAlive || truth.ended !== 'no') return;
          truth.ended = 'cancelled';
          ending.reject(new Error('aborted'));
        });
        truth.begins.resolve();
        return ending.promise;
      },
    };
    killOf = () => {
      isAlive = false;
    };
    return startWorkServer(behaviour, store === undefined ? {} : { store });
  };
  let killOf: () => void = () => undefined;
  let server = await serve();
  const ask = (name: string, signal?: AbortSignal) =>
    server.send(pathOf('containers.stop', { name }), {
      method: 'POST',
      headers: jsonHeaders({ 'idempotency-key': `key of ${name}` }),
      body: '{}',
      ...(signal === undefined ? {} : { signal }),
    });
  const operations = async (): Promise<readonly OperationView[]> =>
    listSchema.parse(await (await server.send(pathOf('operations.list'))).json()).operations;
  return {
    truthOf,
    ask,
    operations,
    /** Asks and waits until it has begun or is answered. */
    async begin(name: string): Promise<void> {
      const controller = new AbortController();
      connections.add(controller);
      const answered = ask(name, controller.signal).then(
        () => undefined,
        () => undefined,
      );
      await Promise.race([truthOf(name).begins.promise, answered]);
    },
    disconnect(): void {
      for (const controller of connections) controller.abort();
      connections.clear();
    },
    async cancel(name: string): Promise<void> {
      const found = (await operations()).find(({ object }) => object === name);
      if (found?.state !== 'running') return;
      const cancel = pathOf('operations.cancel', { id: found.id });
      await server.send(cancel, { method: 'POST', headers: jsonHeaders(), body: '{}' });
    },
    /** Nothing that the killed one had under way happens any more. */
    async kill(): Promise<void> {
      killOf();
      for (const truth of truths.values()) {
        if (truth.begun > 0 && truth.ended === 'no') truth.ended = 'cut-off';
      }
      dead.push(server);
      server = await serve(server.store);
    },
    async close(): Promise<void> {
      for (const one of [...dead, server]) await one.close();
    },
  };
}

function newTruth(): Truth {
  return { begun: 0, ended: 'no', begins: Promise.withResolvers<void>(), settle: null };
}

const name = fc.constantFrom(...names);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('begin' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('finish' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('disconnect' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), name }) },
);

async function happens(
  site: Awaited<ReturnType<typeof createSite>>,
  { do: what, name: of }: { readonly do: string; readonly name: string },
): Promise<void> {
  if (what === 'begin') await site.begin(of);
  if (what === 'finish') site.truthOf(of).settle?.done();
  if (what === 'fail') site.truthOf(of).settle?.fail();
  if (what === 'cancel') await site.cancel(of);
  if (what === 'disconnect') site.disconnect();
  if (what === 'kill') await site.kill();
}

const expected = {
  succeeded: { status: 200, state: 'succeeded', code: null },
  failed: { status: 500, state: 'failed', code: 'internal.unexpected' },
  cancelled: { status: 499, state: 'cancelled', code: 'operation.interrupted' },
  'cut-off': { status: 409, state: 'failed', code: 'work.interrupted' },
} as const;

test('whoever leaves, cancels or dies: with one key it is done once at most, and what is told is what happened', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const site = await createSite();
      try {
        for (const one of steps) await happens(site, one);
        for (const one of names) {
          await site.begin(one);
          const { ended, settle } = site.truthOf(one);
          if (ended === 'no') settle?.done();
        }
        const told = new Map((await site.operations()).map((found) => [found.object, found]));
        for (const one of names) {
          const { begun, ended } = site.truthOf(one);
          const answer = await site.ask(one);
          const body: unknown = await answer.json();
          expect(begun).toBe(1);
          expect(ended).not.toBe('no');
          const { status, state, code } = expected[ended === 'no' ? 'succeeded' : ended];
          expect([answer.status, told.get(one)?.state]).toEqual([status, state]);
          const problem = problemSchema.safeParse(body);
          expect(problem.success ? problem.data.code : null).toBe(code);
          expect(told.get(one)?.error?.code ?? null).toBe(code);
          expect(told.get(one)?.result).toEqual(code === null ? { times: 1 } : null);
        }
      } finally {
        await site.close();
      }
    }),
    { seed: 7, numRuns: isLong ? 500 : 30 },
  );
}, 120_000);
