import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { doors } from './testing/doors.ts';
import {
  cut,
  json,
  problem,
  startFakeDaemon,
  type FakeDaemon,
  type Handler,
  type SeenRequest,
} from './testing/fake-daemon.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await startFakeDaemon();
});
afterAll(() => daemon.stop());

const channels = { terminal: true, workspace: true, mail: false };
const done = json({ channels, mailAddress: null, mailAvailable: false });

/** Where an attempt breaks: before anything is done, or when it is done and only the answer is lost. */
const faults = fc.constantFrom('none', 'before', 'busy', 'limited', 'behind', 'within', 'gateway');
type Fault = typeof faults extends fc.Arbitrary<infer T> ? T : never;

/** A daemon that does what it is asked for, and knows by the key what it has done already. */
function createDoer(plan: readonly Fault[]) {
  const effects: (string | undefined)[] = [];
  const known = new Set<string>();
  let attempt = 0;
  const act = ({ headers }: SeenRequest): void => {
    const key = headers['idempotency-key'];
    const text = typeof key === 'string' ? key : undefined;
    if (text !== undefined && known.has(text)) return;
    if (text !== undefined) known.add(text);
    effects.push(text);
  };
  const handle: Handler = (request, response) => {
    const fault = plan[attempt] ?? 'none';
    attempt += 1;
    if (fault === 'before') return cut(request, response);
    if (fault === 'busy') return problem('daemon.busy')(request, response);
    if (fault === 'limited') {
      return problem('rate.limited', { 'retry-after': '0' })(request, response);
    }
    act(request);
    if (fault === 'behind') return cut(request, response);
    if (fault === 'gateway') return void response.writeHead(504).end('late');
    if (fault === 'none') return done(request, response);
    response.writeHead(200, { 'content-length': '500', 'content-type': 'application/json' });
    return void response.write('{"channels":', () => response.destroy());
  };
  return { effects, handle };
}

test.each(doors)(
  'wherever connections break, nothing is done twice through $name',
  async (door) => {
    const repeating = door.open(daemon, { retry: { attempts: 4, firstPauseMs: 0 } });
    const once = door.open(daemon, { retry: false });
    await fc.assert(
      fc.asyncProperty(fc.array(faults, { maxLength: 6 }), fc.boolean(), async (plan, repeats) => {
        const { effects, handle } = createDoer(plan);
        daemon.answer(handle);
        const client = repeats ? repeating : once;
        const outcome = await client.call('notifications.set', {}).then(
          () => 'done',
          () => 'failed',
        );
        expect(effects.length).toBeLessThanOrEqual(1);
        // What was said to be done was done.
        expect(outcome === 'done' ? effects.length : 1).toBe(1);
        const attempts = repeats ? 4 : 1;
        const works = plan.slice(0, attempts).includes('none') || plan.length < attempts;
        expect(outcome).toBe(works ? 'done' : 'failed');
      }),
      { numRuns: 60 },
    );
    repeating.close();
    once.close();
  },
);
