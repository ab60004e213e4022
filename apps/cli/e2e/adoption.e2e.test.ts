import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import {
  adminContainersSchema,
  containersOutputSchema,
  deployOutputSchema,
  doctorOutputSchema,
} from '@ds01/contracts';
import { configWith, failureOf, person, succeeded, uuidsIn } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

/** The process that holds the engine's namespaces. */
const hostStateSchema = z.object({ holder: z.object({ pid: z.int() }) });

const accounts = [person('alice', 42_001), person('bob', 42_002)];
const alice = { user: 'alice' };
const bob = { user: 'bob' };
const old = 'thesis._.42001';

describe.skipIf(!canRun)('what was there before DS01', () => {
  const sandbox = useSandbox({
    name: 'adoption',
    gpus: 'a100x4-mig',
    gate: 'none',
    daemon: true,
    accounts,
    config: {
      ...configWith({ max_gpu_equivalents: 0.1 }),
      'user-overrides.yaml': 'bob: { max_gpu_equivalents: null }\n',
    },
  });
  let uuids: readonly string[] = [];

  /** Lets the engine see people's homes where they are; by default it has the machine's own /home. */
  function showHomes(): void {
    const { homeDirectory, stateFile } = sandbox().host.paths;
    const { pid } = hostStateSchema.parse(JSON.parse(readFileSync(stateFile, 'utf8'))).holder;
    const words = ['mount', '-n', '--bind', homeDirectory, '/home'];
    execFileSync('nsenter', ['--target', String(pid), '--mount', '--', ...words]);
  }

  async function runRaw(name: string, slot: number | null, ...words: readonly string[]) {
    const gpus = slot === null ? [] : ['--gpus', `device=${uuids[slot] ?? ''}`];
    await sandbox().docker('run', '-dit', '--name', name, ...gpus, ...words, 'ds01/busybox');
  }

  const labels = (values: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(values).flatMap(([key, value]) => ['--label', `${key}=${value}`]);

  beforeAll(async () => {
    const { daemon, run, host } = sandbox();
    // As if DS01 had never run here.
    await daemon?.stop();
    rmSync(host.paths.stateDirectory, { recursive: true });
    mkdirSync(host.paths.stateDirectory, { mode: 0o700 });
    showHomes();
    succeeded(await run(['mkdir', '-p', 'workspace/thesis', 'project'], alice));
    succeeded(await run(['mkdir', '-p', 'project', 'stack'], bob));
    const smi = host.environment['DS01_NVIDIA_SMI'] ?? 'nvidia-smi';
    uuids = uuidsIn(succeeded(await run([smi, '-L'])).stdout);
    const gpu = uuids[0] ?? '';
    const made = labels({
      'ds01.user': 'alice',
      'ds01.name': 'thesis',
      'ds01.interface': 'atomic',
      'ds01.managed': 'true',
      'ds01.work_mount': '/home/alice/workspace/thesis',
      'ds01.gpu.slots': '0.0',
      'ds01.gpu.uuid': gpu,
    });
    const folders = ['-v', '/home/alice/workspace/thesis:/workspace', '-w', '/workspace'];
    const rights = ['--user', '42001:42001', '--network', 'host', '--cap-add', 'SYS_PTRACE'];
    const visible = ['-e', `CUDA_VISIBLE_DEVICES=${gpu}`];
    await runRaw(old, 0, ...folders, ...rights, ...visible, ...made);
    await runRaw('raw', 1, '-v', '/home/bob/project:/data');
    const folder = 'com.docker.compose.project.working_dir';
    const stack = { 'com.docker.compose.project': 'stack', [folder]: '/home/bob/stack' };
    await runRaw('stack-web-1', null, ...labels(stack));
    await runRaw('vsc', 2, ...labels({ 'devcontainer.local_folder': '/home/alice/project' }));
    await runRaw('nobodys', 3);
    await daemon?.start();
  });

  const everything = async () => {
    const outcome = succeeded(
      await sandbox().ds01(['containers', '--all', '--json'], { app: 'admin' }),
    );
    const { containers } = outcome.json(adminContainersSchema);
    return new Map(containers.map((one) => [one.dockerName, one]));
  };

  test('is seen and attributed, and its GPUs count for its owners', async () => {
    const found = await everything();
    const row = (name: string) => {
      const { user, ownerBy, interface: door, managed, slots } = found.get(name) ?? {};
      return [user, ownerBy, door, managed, slots?.length];
    };
    expect(row(old)).toEqual(['alice', 'label', 'atomic', false, 1]);
    expect(row('raw')).toEqual(['bob', 'home-folder', 'docker', false, 1]);
    expect(row('stack-web-1')).toEqual(['bob', 'compose', 'compose', false, 0]);
    expect(row('vsc')).toEqual(['alice', 'home-folder', 'devcontainer', false, 1]);
    expect(row('nobodys')).toEqual([null, 'none', 'docker', false, 1]);
    const leases = sandbox().leases();
    expect(leases.map(({ user, state, slots }) => [user, state, slots[0]?.uuid])).toEqual(
      expect.arrayContaining([
        ['alice', 'external', uuids[0]],
        ['bob', 'external', uuids[1]],
        ['alice', 'external', uuids[2]],
        [null, 'external', uuids[3]],
      ]),
    );
    const report = (await sandbox().ds01(['doctor', '--json'])).json(doctorOutputSchema);
    const check = report.checks.find(({ id }) => id === 'foreign');
    expect(check?.message).toMatch(/alice has .* of 0\.10 GPUs .*nobodys of nobody known has GPU/);
  });

  test('is shown to its owners alone, marked', async () => {
    const { ds01 } = sandbox();
    const listed = succeeded(await ds01(['container', 'list', '--all', '--json'], alice));
    const { containers } = listed.json(containersOutputSchema);
    expect(containers.map(({ dockerName, managed }) => [dockerName, managed])).toEqual([
      [old, false],
      ['vsc', false],
    ]);
    const table = succeeded(await ds01(['container', 'list', '--all'], bob)).stdout;
    expect(table).toContain('raw (docker)');
    expect(table).toContain('stack-web-1 (compose)');
    expect(table).not.toContain('vsc');
    expect(failureOf(await ds01(['container', 'stop', 'raw', '--json'], alice)).code).toBe(
      'container.not-found',
    );
  });

  test('counts against quotas, and none of its GPUs is given out', async () => {
    const { ds01 } = sandbox();
    const deploy = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--json'];
    expect(failureOf(await ds01(deploy, alice))).toMatchObject({
      code: 'quota.gpu-exceeded',
      exitCode: 5,
    });
    const made = succeeded(await ds01(deploy, bob)).json(deployOutputSchema);
    expect(uuids.slice(0, 4)).not.toContain(made.lease?.uuids[0]);
    const cpuOnly = [...deploy, '--cpu-only'];
    succeeded(await ds01(cpuOnly, alice));
    const shown = succeeded(await ds01(['container', 'show', 'thesis'], alice)).stdout;
    expect(shown).toContain('thesis._.alice');
    expect(succeeded(await ds01(['container', 'show', old], alice)).stdout).toContain(old);
  });

  test('is started and entered by nobody, and goes when its owner says so', async () => {
    const { ds01, leases } = sandbox();
    expect(failureOf(await ds01(['container', 'start', old, '--json'], alice))).toMatchObject({
      code: 'container.foreign',
      exitCode: 4,
    });
    const entered = await ds01(['container', 'exec', old, '--', 'id'], alice);
    expect(entered.stdout).toBe('');
    expect(entered.stderr).toContain('DS01 did not make');
    succeeded(await ds01(['container', 'stop', '--all', '--yes'], alice));
    expect((await everything()).get(old)?.state).toBe('running');
    succeeded(await ds01(['container', 'retire', old, '--force', '--yes'], alice));
    expect((await everything()).has(old)).toBe(false);
    expect(leases().flatMap(({ slots }) => slots.map(({ uuid }) => uuid))).not.toContain(uuids[0]);
  });

  test('and what starts beside DS01 later is seen at once', async () => {
    await runRaw('later', 0, '-v', '/home/alice/project:/data');
    await expect
      .poll(
        () =>
          sandbox()
            .leases()
            .find(({ slots }) => slots[0]?.uuid === uuids[0])?.user,
      )
      .toBe('alice');
  });
});
