import { fileURLToPath } from 'node:url';
import { createDebianTools, requireCommand, runCommand } from '@ds01/setup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireHost } from '../src/host-registry.ts';
import { processesMentioning, snapshotMachine } from './machine.ts';
import { startUsersEngine, type UsersEngine } from './users-engine.ts';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) console.error('skipped: starting Docker engines needs root');

const name = `other-${String(process.pid)}`;
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

describe.skipIf(!canRun)("a user's own engine beside a docker host", () => {
  let users: UsersEngine;
  // The verbs run inside the user's network, as they would on that user's machine.
  const dockerHost = async (...words: readonly string[]): Promise<string> => {
    const [file = '', ...rest] = users.enterNetwork;
    return await requireCommand(file, [
      ...rest,
      process.execPath,
      '--conditions=@ds01/source',
      main,
      ...words,
      '--name',
      name,
    ]);
  };
  const container = (): Promise<string> =>
    users.docker('inspect', '--format', '{{json .State}} {{json .NetworkSettings}}', 'theirs');

  beforeAll(async () => {
    users = await startUsersEngine();
    await users.importBusybox('theirs/image');
    const flags = ['--detach', '--name', 'theirs', '--publish', '18080:80'];
    await users.docker('run', ...flags, 'theirs/image', 'sleep', '100000');
  });
  afterAll(async () => {
    await dockerHost('stop');
    await users[Symbol.asyncDispose]();
  });

  test('its bridge, firewall rules and container are the same during and after, and nothing of ours stays', async () => {
    const machine = snapshotMachine(name);
    const network = await users.network();
    const state = await container();
    expect(network).toContain('docker0');
    expect(network).toContain('--dport 18080');

    await dockerHost('start', '--gpus', 'a100x4-mig', '--gate', 'none');
    await dockerHost('image', 'busybox');
    const host = requireHost(name);
    const ours = ['--host', `unix://${host.root}/docker.sock`];
    const docker = createDebianTools(host.toolsRoot).find('docker') ?? 'docker';
    const image = 'ds01/busybox:latest';
    const words = ['run', '--detach', '--name', 'ours', '--publish', '18080:80', image];
    await requireCommand(docker, [...ours, ...words, 'sleep', '100000']);
    expect(await users.network()).toBe(network);
    expect(await container()).toBe(state);
    const ids = await Promise.all([
      users.docker('info', '--format', '{{.ID}}'),
      requireCommand(docker, [...ours, 'info', '--format', '{{.ID}}']),
    ]);
    expect(ids[0]).not.toBe(ids[1]);

    await dockerHost('stop');
    expect(await users.network()).toBe(network);
    expect(await container()).toBe(state);
    expect(snapshotMachine(name)).toEqual(machine);
    expect(processesMentioning(host.id, host.root)).toEqual([]);
    const groups = await runCommand('getent', ['group', 'docker']);
    expect(machine.accounts.includes('\ndocker:')).toBe(groups.exitCode === 0);
  });
});
