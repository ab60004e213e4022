import { configWith, succeeded } from '@ds01/e2e';
import { gpuStatusOutputSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

/** Slots of the server: their state and uuid, as root sees them. */
async function slotsOf(sandbox: ReturnType<ReturnType<typeof useSandbox>>) {
  const outcome = await sandbox.ds01(['gpu', 'status', '--json']);
  return outcome
    .json(gpuStatusOutputSchema)
    .devices.flatMap((device) =>
      device.slots.map(({ slot, uuid, state, user }) => ({ slot, uuid, state, user })),
    );
}

describe.skipIf(!canRun)('a site that migrates (gate in observe mode)', () => {
  const sandbox = useSandbox({
    name: 'observe',
    gpus: 'l40sx2',
    config: { ...configWith({}), 'ds01.yaml': 'gate: {mode: observe}\n' },
  });

  test('lets plain docker use free GPUs, counts them, and guards those that are leased', async () => {
    const { ds01, docker } = sandbox();
    const image = ['--image', 'ds01/busybox', '--background'];
    succeeded(await ds01(['container', 'deploy', 'thesis', ...image], { user: 'alice' }));
    const slots = await slotsOf(sandbox());
    const free = slots.find(({ state }) => state === 'free');
    const leased = slots.find(({ state }) => state === 'bound');
    const bobs = ['--label', 'aime.mlc.USER=bob'];
    const plain = (gpus: string, name: string) =>
      docker('run', '-dit', '--name', name, ...bobs, '--gpus', gpus, 'ds01/busybox');

    await expect(plain('all', 'greedy')).rejects.toThrow(/ds01: /);
    // By its number, as people do.
    await plain(`device=${free?.slot ?? ''}`, 'behind-our-back');
    await expect(plain(`device=${leased?.uuid ?? ''}`, 'thief')).rejects.toThrow(/ds01: /);

    const now = (await slotsOf(sandbox())).map(({ state, user }) => `${state} of ${user ?? '-'}`);
    expect(now.toSorted()).toEqual(['bound of alice', 'external of bob']);
    const refused = await ds01(['container', 'deploy', 'late', ...image, '--json'], {
      user: 'bob',
    });
    expect(refused.code).toBe(5);

    await docker('rm', '-f', 'behind-our-back', 'thief', 'greedy');
    expect((await slotsOf(sandbox())).map(({ state }) => state).toSorted()).toEqual([
      'bound',
      'free',
    ]);
  });
});
