import { devicesOf, configWith, failureOf, succeeded, uuidsIn } from '@ds01/e2e';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  containerOutputSchema,
  containersOutputSchema,
  deployOutputSchema,
  gpuStatusOutputSchema,
  readLabels,
  statsOutputSchema,
  topOutputSchema,
} from '@ds01/contracts';
import { createSigningKey } from '@ds01/store';
import { describe, expect, test } from 'vitest';
import { canRun, oneOfModes, useSandbox } from './harness/use-sandbox.ts';

const modes = oneOfModes('daemon');
const image = ['--image', 'ds01/busybox'];

describe.skipIf(!canRun).each(modes)('the life of a GPU container, $mode', ({ mode, daemon }) => {
  const sandbox = useSandbox({
    name: `life-${mode}`,
    daemon,
    gpus: 'a100x4-mig',
    config: configWith(),
  });
  const alice = { user: 'alice' };

  const inside = async (name: string, ...words: string[]): Promise<string> => {
    const outcome = await sandbox().ds01(['container', 'exec', name, '--', ...words], alice);
    return succeeded(outcome).stdout.trim();
  };
  const slotOf = async (uuid: string) => {
    const status = succeeded(await sandbox().ds01(['gpu', 'status', '--json']));
    const { devices } = status.json(gpuStatusOutputSchema);
    return devices.flatMap((device) => device.slots).find((slot) => slot.uuid === uuid);
  };

  test('deploy leases a GPU and starts a container that has exactly that one', async () => {
    const words = ['container', 'deploy', 'thesis', ...image, '--background', '--json'];
    const deployed = succeeded(await sandbox().ds01(words, alice)).json(deployOutputSchema);
    expect(deployed).toMatchObject({ outcome: 'created', container: { state: 'running' } });
    const uuids = deployed.lease?.uuids ?? [];
    expect(uuids).toHaveLength(1);
    const details = await sandbox().engine.inspectContainer('thesis._.alice');
    expect(devicesOf(details)).toEqual(uuids);
    expect(uuidsIn(await inside('thesis', 'nvidia-smi', '-L'))).toEqual(uuids);
    expect(await slotOf(uuids[0] ?? '')).toMatchObject({
      state: 'bound',
      user: 'alice',
      container: 'thesis',
    });
  });

  test('the limits of its owner hold inside', async () => {
    const root = '/sys/fs/cgroup';
    const read = (file: string) => inside('thesis', 'cat', `${root}/${file}`);
    expect(await read('memory/memory.limit_in_bytes')).toBe(String(128 * 1024 ** 2));
    expect(await read('pids/pids.max')).toBe('128');
    const quota = Number(await read('cpu/cpu.cfs_quota_us'));
    expect(quota / Number(await read('cpu/cpu.cfs_period_us'))).toBe(1);
  });

  test('inside it is its owner without any privilege, in its own workspace', async () => {
    expect(await inside('thesis', 'sh', '-c', 'id -u; id -g; pwd')).toBe(
      '42001\n42001\n/workspace',
    );
    const status = await inside('thesis', 'cat', '/proc/self/status');
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
      expect(status).toMatch(new RegExp(`^Cap${set}:\\s+0+$`, 'm'));
    }
  });

  test('stats tells what it really uses, top which processes are its owner’s', async () => {
    const { ds01 } = sandbox();
    const busy = 'timeout 3 sh -c "while :; do :; done" >/dev/null 2>&1 &';
    await inside('thesis', 'sh', '-c', busy);
    const stats = succeeded(await ds01(['container', 'stats', '--json'], alice));
    const [thesis] = stats.json(statsOutputSchema).containers;
    expect(thesis).toMatchObject({
      name: 'thesis',
      cpusLimit: 1,
      memoryLimitBytes: 128 * 1024 ** 2,
      pidsLimit: 128,
      gpus: [{ model: expect.stringContaining('A100') }],
    });
    const { cpuPercent, memoryBytes, pids, networkReceivedBytes } = thesis ?? {};
    for (const amount of [cpuPercent, memoryBytes, pids]) expect(amount).toBeGreaterThan(0);
    expect(networkReceivedBytes).toBeGreaterThanOrEqual(0);
    const top = succeeded(await ds01(['container', 'top', 'thesis', '--json'], alice));
    const { processes } = top.json(topOutputSchema);
    expect(new Set(processes.map(({ user }) => user))).toEqual(new Set(['alice']));
    expect(processes.some(({ command }) => command.includes('sh'))).toBe(true);
    const watch = sandbox().startDs01(['container', 'stats', '--watch', '--json'], alice);
    await watch.printed('"name":"thesis"');
    watch.child.kill('SIGINT');
    const { code, stdout } = await watch.done;
    expect(code).toBe(130);
    for (const line of stdout.trim().split('\n')) {
      expect(statsOutputSchema.safeParse(JSON.parse(line)).success).toBe(true);
    }
  });

  test('a file written in the workspace belongs to the owner outside', async () => {
    await inside('thesis', 'sh', '-c', 'echo done > result.txt');
    const workspace = sandbox().homePath('/home/alice/workspace/thesis');
    for (const path of [workspace, join(workspace, 'result.txt')]) {
      const { uid, gid } = statSync(path);
      expect({ path, uid, gid }).toEqual({ path, uid: 42_001, gid: 42_001 });
    }
    expect(readFileSync(join(workspace, 'result.txt'), 'utf8')).toBe('done\n');
  });

  test('its labels are signed and tell owner, lease and device', async () => {
    const details = await sandbox().engine.inspectContainer('thesis._.alice');
    const key = createSigningKey({ directory: sandbox().host.paths.stateDirectory });
    const [lease] = sandbox().leases();
    expect(readLabels(details.labels, key)).toMatchObject({
      trust: 'signed',
      values: {
        user: 'alice',
        uid: '42001',
        name: 'thesis',
        interface: 'orchestration',
        lease: lease?.id,
        'gpu.uuids': devicesOf(details).join(','),
        protected: '',
      },
    });
  });

  test('exec and run pass on exit code, input and output; a failure of their own is 125', async () => {
    const { ds01 } = sandbox();
    const exec = (...words: string[]) => ['container', 'exec', 'thesis', '--', ...words];
    expect(await ds01(exec('sh', '-c', 'exit 7'), alice)).toMatchObject({ code: 7, stdout: '' });
    const piped = await ds01(exec('sh', '-c', 'cat; echo err >&2'), { ...alice, stdin: 'a\nb' });
    expect(piped).toMatchObject({ code: 0, stdout: 'a\nb', stderr: 'err\n' });
    const run = await ds01(['container', 'run', 'thesis', '--', 'sh', '-c', 'exit 3'], alice);
    expect(run.code).toBe(3);
    const none = await ds01(['container', 'exec', 'other', '--', 'true'], alice);
    expect(none).toMatchObject({ code: 125, stdout: '' });
  });

  test('the same deploy again finds it running; another request is refused with the difference', async () => {
    const { ds01 } = sandbox();
    const words = ['container', 'deploy', 'thesis', ...image, '--json'];
    const again = succeeded(await ds01(words, alice)).json(deployOutputSchema);
    expect(again.outcome).toBe('already-running');
    const other = failureOf(await ds01([...words, '-e', 'EPOCHS=3'], alice));
    expect(other).toMatchObject({ exitCode: 4, code: 'container.different-request' });
    expect(other.details['differences']).toEqual([expect.stringMatching(/^env: .*EPOCHS/)]);
    expect(await sandbox().docker('ps', '--all', '--quiet')).toMatch(/^[0-9a-f]{12}$/);
  });

  test('pause freezes it and keeps its GPU, unpause lets it go on', async () => {
    const { ds01, docker } = sandbox();
    succeeded(await ds01(['container', 'pause', 'thesis'], alice));
    expect(await docker('inspect', '--format', '{{.State.Status}}', 'thesis._.alice')).toBe(
      'paused',
    );
    expect(sandbox().leases()).toMatchObject([{ state: 'bound', user: 'alice' }]);
    succeeded(await ds01(['container', 'unpause', 'thesis'], alice));
    expect(await inside('thesis', 'echo', 'awake')).toBe('awake');
  });

  test('stop keeps the GPU for its owner and start gives the same one back', async () => {
    const { ds01, engine } = sandbox();
    const before = await engine.inspectContainer('thesis._.alice');
    const stopped = succeeded(await ds01(['container', 'stop', 'thesis', '--json'], alice));
    expect(stopped.json(containerOutputSchema)).toMatchObject({ container: { state: 'stopped' } });
    const [uuid = ''] = devicesOf(before);
    const held = await slotOf(uuid);
    expect(held).toMatchObject({ state: 'held', user: 'alice', container: 'thesis' });
    expect(held?.expiresAt).not.toBeNull();
    succeeded(await ds01(['container', 'start', 'thesis'], alice));
    expect(uuidsIn(await inside('thesis', 'nvidia-smi', '-L'))).toEqual([uuid]);
    expect(await slotOf(uuid)).toMatchObject({ state: 'bound', expiresAt: null });
  });

  test('deploy of a stopped container starts it', async () => {
    const { ds01 } = sandbox();
    succeeded(await ds01(['container', 'stop', 'thesis'], alice));
    const words = ['container', 'deploy', 'thesis', ...image, '--json'];
    const started = succeeded(await ds01(words, alice)).json(deployOutputSchema);
    expect(started).toMatchObject({ outcome: 'started', container: { state: 'running' } });
  });

  test('run of a stopped container starts it first and leaves it running', async () => {
    const { ds01, docker } = sandbox();
    succeeded(await ds01(['container', 'stop', 'thesis', '--force'], alice));
    const run = await ds01(['container', 'run', 'thesis', '--', 'nvidia-smi', '-L'], alice);
    const [lease] = sandbox().leases();
    expect(uuidsIn(succeeded(run).stdout)).toEqual(lease?.slots.map(({ uuid }) => uuid));
    expect(await docker('ps', '--format', '{{.Names}}')).toBe('thesis._.alice');
  });

  test('a MIG instance is leased by its profile and is all that is seen inside', async () => {
    const { ds01 } = sandbox();
    const words = ['container', 'deploy', 'slice', ...image, '--mig', '1g.5gb', '--json'];
    const { lease, container } = succeeded(await ds01(words, alice)).json(deployOutputSchema);
    expect(lease?.uuids[0]).toMatch(/^MIG-/);
    expect(container.gpuEquivalents).toBeCloseTo(1 / 7);
    expect(uuidsIn(await inside('slice', 'nvidia-smi', '-L'))).toEqual(lease?.uuids);
    succeeded(await ds01(['container', 'retire', 'slice', '--yes'], alice));
  });

  test('remove refuses a running container and takes a stopped one', async () => {
    const { ds01 } = sandbox();
    const words = ['container', 'deploy', 'short', ...image, '--cpu-only', '--', 'sleep', '1000'];
    succeeded(await ds01(words, alice));
    const refused = failureOf(await ds01(['container', 'remove', 'short', '--json'], alice));
    expect(refused).toMatchObject({ exitCode: 4, code: 'container.running' });
    succeeded(await ds01(['container', 'stop', 'short'], alice));
    await sandbox().docker('volume', 'create', 'of-somebody');
    succeeded(await ds01(['container', 'remove', 'short', '--volumes', '--yes'], alice));
    expect(await sandbox().docker('volume', 'ls', '--quiet')).toBe('of-somebody');
    await sandbox().docker('volume', 'rm', 'of-somebody');
    const listed = succeeded(await ds01(['container', 'list', '--all', '--json'], alice));
    const names = listed.json(containersOutputSchema).containers.map(({ name }) => name);
    expect(names).toEqual(['thesis']);
  });

  test('retire gives the GPU back at once, keeps the workspace and leaves nothing else', async () => {
    const { ds01, docker, homePath, resources } = sandbox();
    const details = await sandbox().engine.inspectContainer('thesis._.alice');
    succeeded(await ds01(['container', 'retire', 'thesis', '--yes'], alice));
    expect(await slotOf(devicesOf(details)[0] ?? '')).toMatchObject({ state: 'free', user: null });
    expect(await docker('ps', '--all', '--quiet')).toBe('');
    expect(sandbox().leases()).toEqual([]);
    expect(resources()).toEqual({ grants: [], pins: [], cgroups: [] });
    const result = homePath('/home/alice/workspace/thesis/result.txt');
    expect(readFileSync(result, 'utf8')).toBe('done\n');
  });

  test('create leases a GPU for a container that start starts', async () => {
    const { ds01 } = sandbox();
    const created = succeeded(
      await ds01(['container', 'create', 'later', ...image, '--json'], alice),
    );
    const { container, lease } = created.json(deployOutputSchema);
    expect(container).toMatchObject({ state: 'created', interface: 'atomic' });
    succeeded(await ds01(['container', 'start', 'later'], alice));
    expect(uuidsIn(await inside('later', 'nvidia-smi', '-L'))).toEqual(lease?.uuids);
    succeeded(await ds01(['container', 'retire', 'later', '--yes'], alice));
  });

  test('logs are what the main process printed, each on its own stream', async () => {
    const { ds01 } = sandbox();
    const script = 'echo hello; echo oops >&2; exec sleep 1000';
    const words = ['container', 'deploy', 'talk', ...image, '--cpu-only', '--', 'sh', '-c', script];
    succeeded(await ds01(words, alice));
    const following = sandbox().startDs01(['container', 'logs', 'talk', '--follow'], alice);
    await Promise.all([following.printed('hello'), following.printed('oops')]);
    succeeded(await ds01(['container', 'retire', 'talk', '--yes', '--force'], alice));
    const followed = await following.done;
    expect(followed).toMatchObject({ code: 0, stdout: 'hello\n', stderr: 'oops\n' });
  });

  test.each([
    {
      user: 'h.baker@example.org',
      uid: 1_722_830_498,
      dockerName: /^own\._\.h_baker_[0-9a-f]{6}$/,
    },
    { user: '204214', uid: 42_007, dockerName: /^own\._\.204214$/ },
  ])('the account $user is an owner like any other', async ({ user, uid, dockerName }) => {
    const { ds01, homePath } = sandbox();
    const words = ['container', 'deploy', 'own', ...image, '--json', '--', 'sleep', '1000'];
    const { container } = succeeded(await ds01(words, { user })).json(deployOutputSchema);
    expect(container).toMatchObject({ user, dockerName: expect.stringMatching(dockerName) });
    const write = ['container', 'exec', 'own', '--', 'sh', '-c', 'id -u; touch mine'];
    expect(succeeded(await ds01(write, { user })).stdout).toBe(`${String(uid)}\n`);
    expect(statSync(homePath(`/home/${user}/workspace/own/mine`)).uid).toBe(uid);
    succeeded(await ds01(['container', 'retire', 'own', '--yes'], { user }));
  });

  test('a user that no account has is refused with exit 3', async () => {
    const words = ['container', 'deploy', 'x', ...image, '--json'];
    const failure = failureOf(await sandbox().ds01(words, { actFor: 'mallory' }));
    expect(failure).toMatchObject({ exitCode: 3, code: 'user.unknown' });
    expect(sandbox().leases()).toEqual([]);
  });

  test.each(['container-deploy', 'container'])('it answers to the classic name %s', async (as) => {
    const { ds01 } = sandbox();
    const words = as === 'container' ? ['deploy'] : [];
    const all = [...words, 'classic', ...image, '--cpu-only', '--json'];
    const deployed = succeeded(await ds01(all, { ...alice, as })).json(deployOutputSchema);
    expect(deployed.container.dockerName).toBe('classic._.alice');
    succeeded(await ds01(['classic', '--yes'], { ...alice, as: 'container-retire' }));
  });
});
