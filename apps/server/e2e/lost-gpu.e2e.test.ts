import {
  containersOutputSchema,
  deployOutputSchema,
  errorOutputSchema,
  gpuStatusOutputSchema,
} from '@ds01/contracts';
import { configWith } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const image = ['--image', 'ds01/busybox', '--background', '--json'];
const alice = { user: 'alice' };
const bob = { user: 'bob' };

/** Readings may be half a second old, and commands share the machine. */
const soon = { timeout: 10_000, interval: 50 };
/** Longer than a command waits that needs no GPU, shorter than nvidia-smi is given. */
const shortMs = 10_000;

describe.skipIf(!canRun)('a GPU that is lost while a container runs', () => {
  const sandbox = useDaemon({
    name: 'lost-gpu',
    gpus: 'l40sx2',
    config: configWith({}, 'probe: { cache_ms: 500, timeout_ms: 30000 }'),
  });

  const listOf = async (user: typeof alice) => {
    const listed = await sandbox().ds01(['container', 'list', '--all', '--json'], user);
    return listed.json(containersOutputSchema);
  };

  test('its lease is lost, whoever had it is told, and the other GPU goes on', async () => {
    const { ds01, host, leases } = sandbox();
    const first = await ds01(['container', 'deploy', 'thesis', ...image], alice);
    const [uuid] = first.json(deployOutputSchema).lease?.uuids ?? [];
    await host.gpus.loseDevice('0');
    await expect
      .poll(async () => (await listOf(alice)).containers, soon)
      .toMatchObject([{ state: 'running', gpuProblem: expect.stringContaining('Xid 79') }]);
    expect(leases().map(({ state }) => state)).toEqual(['lost']);
    const started = await ds01(['container', 'start', 'thesis', '--json'], alice);
    expect(started.code).toBe(5);
    expect(started.json(errorOutputSchema).error).toMatchObject({
      code: 'gpu.lost',
      hint: 'ds01 container stop thesis',
    });
    const status = (await ds01(['gpu', 'status', '--json'], bob)).json(gpuStatusOutputSchema);
    expect(status.notices?.join()).toContain('Xid 79');
    expect(status.devices).toMatchObject([
      { index: 1, health: 'healthy', slots: [{ state: 'free' }] },
      { uuid, health: 'unhealthy', slots: [{ state: 'lost' }] },
    ]);
  });

  test('nobody else gets its slot, and the other one is given out as ever', async () => {
    const { ds01 } = sandbox();
    const got = await ds01(['container', 'deploy', 'other', ...image], bob);
    expect(got.json(deployOutputSchema).container.slots).toEqual(['1']);
    const refused = await ds01(['container', 'deploy', 'third', ...image], bob);
    expect(refused.json(errorOutputSchema).error.code).toBe('gpu.none-free');
  });

  test('it comes back with the GPU', async () => {
    const { host, leases } = sandbox();
    await host.gpus.restoreDevice('0');
    await expect
      .poll(async () => (await listOf(alice)).containers[0]?.gpuProblem, soon)
      .toBeUndefined();
    expect(leases().map(({ state }) => state)).toEqual(['bound', 'bound']);
  });

  test('an nvidia-smi that hangs holds up only who needs a GPU', async () => {
    const { ds01, host } = sandbox();
    await host.gpus.hang();
    await expect
      .poll(async () => (await listOf(alice)).notices?.join(), soon)
      .toMatch(/^GPU state unknown: nvidia-smi .*did not answer/);
    const startMs = performance.now();
    const stopped = await ds01(['container', 'stop', 'thesis', '--force'], alice);
    const retired = await ds01(['container', 'retire', 'other', '--yes', '--force'], bob);
    expect([stopped.code, retired.code]).toEqual([0, 0]);
    expect(performance.now() - startMs).toBeLessThan(shortMs);
    await host.gpus.recover();
  });
});
