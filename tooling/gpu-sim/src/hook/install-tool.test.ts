import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareGpuSim } from '../prepare.ts';
import { run, temporaryDirectory } from '../test-support.ts';
import { parseTopologyText } from '../topology.ts';

const isRoot = process.getuid?.() === 0;

/** A process in its own mount namespace, with the root bound there as a runtime does. */
const startContainer = async (
  root: string,
): Promise<{ readonly pid: number } & AsyncDisposable> => {
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--propagation=slave',
      'sh',
      '-c',
      'mount --bind "$1" "$1" && echo ready && exec sleep 300',
      'sh',
      root,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  if (child.pid === undefined) throw new Error('unshare did not start');
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
};

describe.runIf(isRoot)('the hook on a process in its own mount namespace (needs root)', () => {
  const start = async (directory: string, environment: readonly string[], pid: number) => {
    writeFileSync(
      join(directory, 'config.json'),
      JSON.stringify({ root: { path: 'rootfs' }, process: { env: environment } }),
    );
    return (hookPath: string) =>
      spawnSync(hookPath, ['prestart'], {
        input: JSON.stringify({ ociVersion: '1.0.2', pid, bundle: directory }),
        encoding: 'utf8',
      });
  };

  it('mounts the tool there, and leaves on disk only an empty file to mount on', async () => {
    using directory = temporaryDirectory();
    const root = join(directory.path, 'rootfs');
    mkdirSync(join(root, 'bin'), { recursive: true });
    symlinkSync('/bin', join(root, 'usr'));
    const simulator = join(directory.path, 'simulator');
    const prepared = await prepareGpuSim({
      topology: 'a100x4-mig',
      directory: simulator,
      warmUp: false,
    });
    const { devices } = parseTopologyText(readFileSync(prepared.topologyPath, 'utf8'));
    await using container = await startContainer(root);
    const hook = await start(
      directory.path,
      [`NVIDIA_VISIBLE_DEVICES=${devices[2]?.uuid}`],
      container.pid,
    );
    expect(hook(prepared.runtimeHookPath)).toMatchObject({ status: 0, stderr: '', stdout: '' });

    const tool = join(root, 'bin/nvidia-smi');
    const inside = run('nsenter', [`--target=${container.pid}`, '--mount', '--', tool, '-L']);
    expect(inside.stdout).toBe(`GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${devices[2]?.uuid})\n`);
    const placeholder = statSync(tool);
    expect(placeholder.size).toBe(0);
    expect(placeholder.mode & 0o777).toBe(0o444);
    expect(readdirSync(join(simulator, 'leased'))).toEqual([]);
  });

  it('stops the start for an unknown device, and touches nothing without a request', async () => {
    using directory = temporaryDirectory();
    const root = join(directory.path, 'rootfs');
    mkdirSync(join(root, 'bin'), { recursive: true });
    const { runtimeHookPath } = await prepareGpuSim({
      topology: 'l40sx2',
      directory: join(directory.path, 'simulator'),
      warmUp: false,
    });
    await using container = await startContainer(root);
    const unknown = await start(directory.path, ['NVIDIA_VISIBLE_DEVICES=GPU-x'], container.pid);
    expect(unknown(runtimeHookPath)).toMatchObject({
      status: 1,
      stderr: 'nvidia-container-cli: device error: GPU-x: unknown device\n',
    });
    const none = await start(directory.path, ['NVIDIA_VISIBLE_DEVICES=none'], container.pid);
    expect(none(runtimeHookPath)).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(root, 'bin'))).toEqual([]);
  });
});
