import { deployOutputSchema } from '@ds01/contracts';
import { queueListSchema } from '@ds01/contracts/service';
import { configWith } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const image = ['--image', 'ds01/busybox', '--background', '--json'];
const alice = { user: 'alice' };
const bob = { user: 'bob' };
const soon = { timeout: 10_000, interval: 50 };

describe.skipIf(!canRun)('the queue for a GPU', () => {
  const sandbox = useDaemon({ name: 'queue', gpus: 'l40sx2', config: configWith() });

  const queueOf = async (user: typeof alice) => {
    const listed = await sandbox().ds01(['queue', 'list', '--json'], user);
    return listed.json(queueListSchema).entries;
  };

  test('who waits keeps the place over a kill -9 of the daemon, and gets what is given back', async () => {
    const { ds01, daemon, leases } = sandbox();
    const first = await ds01(['container', 'deploy', 'first', '--gpus', '2', ...image], alice);
    expect(first.code).toBe(0);
    const waiting = ds01(['container', 'deploy', 'thesis', '--wait=5m', ...image], bob);
    await expect
      .poll(() => queueOf(bob), soon)
      .toMatchObject([{ state: 'waiting', position: 1, own: true, container: 'thesis' }]);
    const [before] = await queueOf(bob);
    await daemon.kill();
    await daemon.start();
    const refused = await ds01(['container', 'deploy', 'other', ...image], alice);
    expect(refused.code).toBe(5);
    expect(await queueOf(bob)).toMatchObject([{ id: before?.id, queuedAt: before?.queuedAt }]);
    const retired = await ds01(['container', 'retire', 'first', '--yes', '--force'], alice);
    expect(retired.code).toBe(0);
    const done = await waiting;
    expect(done.json(deployOutputSchema).container).toMatchObject({
      user: 'bob',
      state: 'running',
      slots: [expect.any(String)],
    });
    expect(await queueOf(alice)).toEqual([]);
    expect(leases().map(({ state, user }) => `${user} ${state}`)).toEqual(['bob bound']);
  });
});
