import { devicesOf, configWith, failureOf, succeeded, uuidsIn } from '@ds01/e2e';
import { containerOutputSchema, gpuStatusOutputSchema } from '@ds01/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const image = ['--image', 'ds01/busybox'];
const alice = { user: 'alice' };

describe.skipIf(!canRun)('a stopped container whose GPU went to somebody else', () => {
  const sandbox = useSandbox({
    name: 'gone',
    gpus: 'l40sx2',
    config: configWith({ gpu_hold_after_stop_h: 0 }),
  });
  const devices = async (dockerName: string): Promise<readonly string[]> =>
    devicesOf(await sandbox().engine.inspectContainer(dockerName));
  const inspect = (format: string, name = 'thesis._.alice'): Promise<string> =>
    sandbox().docker('inspect', '--format', format, name);

  beforeAll(async () => {
    const { ds01 } = sandbox();
    const deploy = (name: string) => ['container', 'deploy', name, ...image, '--background'];
    succeeded(await ds01(deploy('thesis'), alice));
    const install = ['sh', '-c', 'echo installed > /tmp/tool'];
    succeeded(await ds01(['container', 'exec', 'thesis', '--', ...install], alice));
    succeeded(await ds01(deploy('other'), { user: 'bob' }));
    succeeded(await ds01(['container', 'stop', 'thesis'], alice));
    succeeded(await ds01(deploy('third'), { user: 'carol' }));
  });

  test('has the same GPU in its configuration as the one that got it', async () => {
    expect(await devices('third._.carol')).toEqual(await devices('thesis._.alice'));
  });

  test('is not started by ds01, which says how to get it onto another GPU', async () => {
    const words = ['container', 'start', 'thesis', '--json'];
    expect(failureOf(await sandbox().ds01(words, alice))).toMatchObject({
      exitCode: 5,
      code: 'gpu.gone',
      hint: 'ds01 container start thesis --recreate',
    });
    expect(await inspect('{{.State.Status}}')).toBe('exited');
  });

  test('is not started by docker start, which shows the reason and what to type', async () => {
    await expect(sandbox().docker('start', 'thesis._.alice')).rejects.toThrow(
      /ds01: this container has no GPU lease; start it with: ds01 container start thesis/,
    );
    expect(await inspect('{{.State.Running}}')).toBe('false');
  });

  test('is not started by a restart policy when the engine comes back from a crash', async () => {
    const { docker, host } = sandbox();
    await docker('update', '--restart', 'always', 'thesis._.alice');
    await host.killDaemon();
    await host.startDaemon();
    expect(await inspect('{{.State.Running}}')).toBe('false');
    expect(await inspect('{{.State.Error}}')).toContain('this container has no GPU lease');
    await docker('update', '--restart', 'no', 'thesis._.alice');
  });

  test('is not recreated while no GPU is free, and stays as it was', async () => {
    const { ds01, docker } = sandbox();
    for (const [user, name] of [
      ['bob', 'other'],
      ['carol', 'third'],
    ] as const) {
      succeeded(await ds01(['container', 'start', name], { user }));
    }
    const words = ['container', 'start', 'thesis', '--recreate', '--json'];
    const failure = failureOf(await ds01(words, alice));
    expect(failure).toMatchObject({ exitCode: 5, code: 'gpu.none-free' });
    expect(await inspect('{{.State.Status}}')).toBe('exited');
    expect(await docker('images', '--quiet', 'ds01-alice/thesis')).toBe('');
  });

  test('gets another GPU with --recreate and keeps what was installed in it', async () => {
    const { ds01, docker } = sandbox();
    const [freed = ''] = await devices('other._.bob');
    succeeded(await ds01(['container', 'retire', 'other', '--yes'], { user: 'bob' }));
    const words = ['container', 'start', 'thesis', '--recreate', '--json'];
    const started = succeeded(await ds01(words, alice)).json(containerOutputSchema);
    expect(started.container).toMatchObject({ name: 'thesis', state: 'running' });
    expect(await devices('thesis._.alice')).toEqual([freed]);
    const exec = (...command: string[]) =>
      ds01(['container', 'exec', 'thesis', '--', ...command], alice);
    expect(succeeded(await exec('cat', '/tmp/tool')).stdout).toBe('installed\n');
    expect(uuidsIn(succeeded(await exec('nvidia-smi', '-L')).stdout)).toEqual([freed]);
    expect(await docker('images', '--format', '{{.Repository}}:{{.Tag}}')).toContain(
      'ds01-alice/thesis:kept-1',
    );
    expect((await docker('ps', '--all', '--format', '{{.Names}}')).split('\n').toSorted()).toEqual([
      'thesis._.alice',
      'third._.carol',
    ]);
  });

  test('a crashed one that still has its GPU is started by its restart policy on that GPU', async () => {
    const { docker, ds01 } = sandbox();
    await docker('update', '--restart', 'always', 'third._.carol');
    const [before] = await devices('third._.carol');
    const startedAt = await inspect('{{.State.StartedAt}}', 'third._.carol');
    process.kill(Number(await inspect('{{.State.Pid}}', 'third._.carol')), 'SIGKILL');
    await expect
      .poll(() => inspect('{{.State.Running}} {{.State.StartedAt}}', 'third._.carol'), {
        timeout: 20_000,
      })
      .toMatch(new RegExp(`^true (?!${startedAt})`));
    const status = succeeded(await ds01(['gpu', 'status', '--json'])).json(gpuStatusOutputSchema);
    const slots = status.devices.flatMap((device) => device.slots);
    expect(slots.find((slot) => slot.uuid === before)).toMatchObject({
      state: 'bound',
      user: 'carol',
    });
  });
});
