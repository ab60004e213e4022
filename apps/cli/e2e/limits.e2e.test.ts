import { configWith, succeeded } from '@ds01/e2e';
import { readFileSync } from 'node:fs';
import type { ContainerDetails } from '@ds01/ports';
import { beforeAll, describe, expect, test } from 'vitest';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const version2 = canRun && isVersion2();
const mebibyte = 1024 ** 2;

function isVersion2(): boolean {
  return !readFileSync('/proc/self/cgroup', 'utf8').includes(':memory:');
}

describe.skipIf(!canRun || version2)('limits on cgroup v1', () => {
  const sandbox = useSandbox({
    name: 'limits',
    gpus: 'none',
    config: {
      ...configWith({ max_cpus: 0.5, memory: '64m', memory_swap: '64m', pids_limit: 40 }),
      'user-overrides.yaml': JSON.stringify({
        bob: { aggregate: { memory_max: '96m', tasks_max: 50, cpu_quota: '40%' } },
      }),
    },
  });

  const deploy = async (user: string, name: string): Promise<ContainerDetails> => {
    const image = ['--image', 'ds01/busybox', '--cpu-only'];
    const words = ['container', 'deploy', name, ...image, '--', 'sleep', '100000'];
    succeeded(await sandbox().ds01(words, { user }));
    return await sandbox().engine.inspectContainer(`${name}._.${user}`);
  };
  const inside = (user: string, name: string, script: string) =>
    sandbox().ds01(['container', 'exec', name, '--', 'sh', '-c', script], { user });
  const read = (controller: string, folder: string, file: string): string =>
    readFileSync(`/sys/fs/cgroup/${controller}${folder}/${file}`, 'utf8').trim();
  const folderOf = ({ cgroupParent, id }: ContainerDetails): string => `${cgroupParent}/${id}`;
  const isRunning = async (dockerName: string): Promise<boolean> =>
    (await sandbox().engine.inspectContainer(dockerName)).state === 'running';
  /** One process with a buffer of this size, all of it touched. */
  const fill = (mebibytes: number) => `dd if=/dev/zero bs=${String(mebibytes)}M count=1`;
  const killsIn = (details: ContainerDetails): number =>
    Number(/^oom_kill (\d+)$/m.exec(read('memory', folderOf(details), 'memory.oom_control'))?.[1]);

  let own: ContainerDetails;
  let first: ContainerDetails;
  let second: ContainerDetails;
  beforeAll(async () => {
    own = await deploy('alice', 'own');
    first = await deploy('bob', 'first');
    second = await deploy('bob', 'second');
  });

  test('more memory than allowed gets the process killed and leaves the container running', async () => {
    const outcome = await inside('alice', 'own', `exec ${fill(200)} of=/dev/null`);
    expect(outcome).toMatchObject({ code: 137, stdout: '' });
    expect(killsIn(own)).toBeGreaterThan(0);
    expect(await isRunning('own._.alice')).toBe(true);
    expect(await inside('alice', 'own', 'echo still here')).toMatchObject({ code: 0 });
  });

  test('a fork bomb stops at the limit of processes and the container can still be stopped', async () => {
    const bomb = 'bomb() { bomb | bomb & }; bomb; sleep 1000';
    const running = sandbox().startDs01(['container', 'exec', 'own', '--', 'sh', '-c', bomb], {
      user: 'alice',
    });
    const current = () => Number(read('pids', folderOf(own), 'pids.current'));
    const refused = () =>
      Number(/^max (\d+)$/m.exec(read('pids', folderOf(own), 'pids.events'))?.[1]);
    await expect.poll(refused, { timeout: 20_000, interval: 50 }).toBeGreaterThan(0);
    expect(current()).toBeLessThanOrEqual(40);
    succeeded(await sandbox().ds01(['container', 'stop', 'own', '--force'], { user: 'alice' }));
    await running.done;
    succeeded(await sandbox().ds01(['container', 'start', 'own'], { user: 'alice' }));
  });

  test('two busy loops get no more than half a processor', async () => {
    const { processors, throttled } = await burn('alice', ['own'], folderOf(own));
    expect(processors).toBeLessThan(0.5 * 1.15);
    expect(throttled).toBeGreaterThan(0);
  });

  test("what a user's containers use together stays within the user's memory", async () => {
    const limit = Number(read('memory', first.cgroupParent, 'memory.limit_in_bytes'));
    expect(limit).toBe(96 * mebibyte);
    const filling = ['first', 'second'].map((name) => {
      const words = ['container', 'exec', name, '--', 'sh', '-c', `${fill(55)} | sleep 1000`];
      return sandbox().startDs01(words, { user: 'bob' });
    });
    // Each is below its container's 64 MiB, both are above 96 MiB.
    const kills = () => killsIn(first) + killsIn(second);
    await expect.poll(kills, { timeout: 20_000, interval: 50 }).toBeGreaterThan(0);
    expect(
      Number(read('memory', first.cgroupParent, 'memory.max_usage_in_bytes')),
    ).toBeLessThanOrEqual(limit);
    for (const details of [first, second]) {
      expect(Number(read('memory', folderOf(details), 'memory.failcnt'))).toBe(0);
      expect(await isRunning(details.dockerName)).toBe(true);
    }
    await stopAndStart('bob');
    for (const { done } of filling) await done;
  });

  test("a user's containers together start no more processes than the user may have", async () => {
    const many = 'i=0; while [ $i -lt 35 ]; do sleep 1000 & i=$((i+1)); done; sleep 1000';
    const running = ['first', 'second'].map((name) =>
      sandbox().startDs01(['container', 'exec', name, '--', 'sh', '-c', many], { user: 'bob' }),
    );
    const current = () => Number(read('pids', first.cgroupParent, 'pids.current'));
    await Promise.race(running.map((command) => command.printed("can't fork")));
    expect(current()).toBeGreaterThan(40);
    expect(current()).toBeLessThanOrEqual(50);
    await stopAndStart('bob');
    for (const { done } of running) await done;
  });

  test("a user's containers together get no more processor time than the user may have", async () => {
    const { processors, throttled } = await burn('bob', ['first', 'second'], first.cgroupParent);
    expect(processors).toBeLessThan(0.4 * 1.15);
    expect(throttled).toBeGreaterThan(0);
  });

  async function stopAndStart(user: string): Promise<void> {
    for (const verb of ['stop', 'start']) {
      const force = verb === 'stop' ? ['--force'] : [];
      succeeded(await sandbox().ds01(['container', verb, '--all', ...force], { user }));
    }
  }

  /** Processors that two busy loops in each container get in 3 s, and how often they were held back. */
  async function burn(
    user: string,
    names: readonly string[],
    folder: string,
  ): Promise<{ readonly processors: number; readonly throttled: number }> {
    const loops = 'echo busy; (while :; do :; done) & while :; do :; done';
    const running = names.map((name) =>
      sandbox().startDs01(['container', 'exec', name, '--', 'sh', '-c', loops], { user }),
    );
    await Promise.all(running.map((command) => command.printed('busy')));
    const usedNs = () => Number(read('cpuacct', folder, 'cpuacct.usage'));
    const heldBack = () =>
      Number(/^nr_throttled (\d+)$/m.exec(read('cpu', folder, 'cpu.stat'))?.[1]);
    const from = { ns: usedNs(), ms: performance.now(), heldBack: heldBack() };
    await expect.poll(() => performance.now() - from.ms, { timeout: 10_000 }).toBeGreaterThan(3000);
    const processors = (usedNs() - from.ns) / 1e6 / (performance.now() - from.ms);
    const throttled = heldBack() - from.heldBack;
    await stopAndStart(user);
    for (const { done } of running) await done;
    return { processors, throttled };
  }
});
