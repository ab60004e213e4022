import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, type CommandResult, runCommand } from '@ds01/setup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AccountInput,
  type DockerHost,
  findHostRoot,
  requireHost,
  startDockerHost,
} from '../src/index.ts';
import { processesMentioning, snapshotMachine } from './machine.ts';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) console.error('skipped: starting Docker engines needs root');

const name = `host-${String(process.pid)}`;
const options = {
  name,
  gpus: 'a100x4-mig',
  gate: 'none',
  cacheDirectory: cacheDirectory(process.env),
  say: console.error,
} as const;
const accounts: AccountInput[] = [
  { name: 'ds01-ann', uid: 45_001, gid: 45_001, groups: ['ds01-lab'], home: '/home/ds01-ann' },
  { name: 'ds01-ben', uid: 45_002, gid: 45_002, home: '/home/ds01-ben' },
];

describe.skipIf(!canRun)('a docker host', () => {
  let host: DockerHost;
  const machine = canRun ? snapshotMachine(name) : undefined;

  const run = async (
    words: readonly string[],
    extra: { accounts?: AccountInput[] } = {},
  ): Promise<CommandResult> => {
    const command = host.command(words, { environment: process.env, ...extra });
    return await runCommand(command.file, command.arguments, { environment: command.environment });
  };
  const docker = async (...words: readonly string[]): Promise<string> => {
    const result = await run([host.environment['DS01_DOCKER'] ?? 'docker', ...words]);
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return result.stdout.trim();
  };

  beforeAll(async () => {
    host = await startDockerHost(options);
    await host.image('busybox');
  });
  afterAll(async () => {
    await host.stop();
  });

  test('a second start with the same options finds the running engine; other options are refused', async () => {
    const daemon = requireHost(name).daemon;
    await startDockerHost(options);
    expect(requireHost(name).daemon).toEqual(daemon);
    await expect(startDockerHost({ ...options, gpus: 'h100x8' })).rejects.toMatchObject({
      exitCode: 4,
    });
  });

  test('a command runs in the network of the engine and its exit code is passed on', async () => {
    const address = await docker('run', '--rm', 'ds01/busybox', 'hostname', '-i');
    expect(address).toMatch(/^172\.17\.0\.\d+$/);
    const route = await run(['ip', 'route', 'get', address]);
    expect(route.stdout).toContain('dev docker0');
    expect((await run(['sh', '-c', 'exit 7'])).exitCode).toBe(7);
  });

  test('all containers and the engine itself live in the cgroup folder of the host', async () => {
    const id = await docker('run', '--detach', 'ds01/busybox', 'sleep', '1000');
    const pid = await docker('inspect', '--format', '{{.State.Pid}}', id);
    const daemon = readFileSync(host.paths.enginePidFile, 'utf8').trim();
    for (const process of [pid, daemon]) {
      const lines = readFileSync(`/proc/${process}/cgroup`, 'utf8').trim().split('\n');
      for (const line of lines) expect(line).toContain(`:/ds01-${name}/`);
    }
    await docker('rm', '--force', id);
  });

  test('accounts exist for the command only, and their homes are the same for the next command', async () => {
    const id = await run(['id', 'ds01-ann'], { accounts });
    expect(id.stdout.trim()).toBe(
      'uid=45001(ds01-ann) gid=45001(ds01-ann) groups=45001(ds01-ann),60000(ds01-lab)',
    );
    const asAnn = ['setpriv', '--reuid=ds01-ann', '--regid=ds01-ann', '--init-groups', '--'];
    await run([...asAnn, 'touch', '/home/ds01-ann/mine'], { accounts });
    const listing = await run(['stat', '--format=%U', '/home/ds01-ann/mine'], { accounts });
    expect(listing.stdout.trim()).toBe('ds01-ann');
    const asBen = ['setpriv', '--reuid=ds01-ben', '--regid=ds01-ben', '--init-groups', '--'];
    const denied = await run([...asBen, 'ls', '/home/ds01-ann'], { accounts });
    expect(denied.stderr).toContain('Permission denied');
    expect(existsSync('/home/ds01-ann')).toBe(false);
    expect((await runCommand('getent', ['passwd', 'ds01-ann'])).exitCode).toBe(2);
  });

  test("a folder pinned from an accounts' namespace is what a container gets, with the pin's flags", async () => {
    const pin = join(host.paths.pinsDirectory, 'p1');
    const staging = mkdtempSync(join(tmpdir(), 'ds01-staging-'));
    const script = `set -e
      mkdir "$2"
      touch /home/ds01-ben/from-ben
      mount --bind /home/ds01-ben "$1"
      mount -o remount,bind,nosuid,nodev "$1"
      mount --bind "$1" "$2"
      umount "$1"`;
    const pinned = await run(['sh', '-c', script, 'sh', staging, pin], { accounts });
    expect(pinned).toMatchObject({ exitCode: 0, stderr: '' });
    const flags = ['--rm', '--mount', `type=bind,src=${pin},dst=/w`];
    const look = 'ls /w; grep " /w " /proc/mounts';
    const seen = await docker('run', ...flags, 'ds01/busybox', 'sh', '-c', look);
    expect(seen).toContain('from-ben');
    expect(seen).toMatch(/rw,nosuid,nodev/);
    await run(['umount', pin]);
    rmSync(staging, { recursive: true });
    const engine = readFileSync(host.paths.enginePidFile, 'utf8').trim();
    expect(readFileSync(`/proc/${engine}/mountinfo`, 'utf8')).not.toContain(pin);
  });

  test('after dockerd was killed, a new one serves the same images, containers and network', async () => {
    const id = await docker('create', 'ds01/busybox', 'true');
    await host.killDaemon();
    await expect(docker('ps')).rejects.toThrow('Cannot connect');
    await host.startDaemon();
    expect(await docker('inspect', '--format', '{{.Id}}', id)).toBe(id);
    const output = await docker('run', '--rm', 'ds01/busybox', 'echo', 'again');
    expect(output).toBe('again');
  });

  test('a start after everything was killed begins anew', async () => {
    await docker('run', '--detach', '--restart=always', 'ds01/busybox', 'sleep', '1000');
    const before = requireHost(name);
    for (const process of [before.holder, before.uplink, before.daemon]) {
      await promisify(execFile)('kill', ['-9', String(process?.pid)]);
    }
    host = await startDockerHost(options);
    expect(requireHost(name).id).not.toBe(before.id);
    expect(processesMentioning(before.id)).toEqual([]);
    expect(await docker('ps', '--all', '--quiet')).toBe('');
  });

  test('stop ends what exec started and a paused container, leaves nothing, and may be repeated', async () => {
    const { id, root } = requireHost(name);
    const command = host.command(['sleep', '100000'], { environment: process.env });
    const sleeper = runCommand(command.file, command.arguments, command);
    await host.image('busybox');
    await docker('pause', await docker('run', '--detach', 'ds01/busybox', 'sleep', '1000'));
    await host.stop();
    expect((await sleeper).exitCode).not.toBe(0);
    await host.stop();
    expect(findHostRoot(name)).toBeUndefined();
    expect(existsSync(root)).toBe(false);
    expect(processesMentioning(id, root)).toEqual([]);
    expect(snapshotMachine(name)).toEqual(machine);
  });
});
