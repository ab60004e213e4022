import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  type Sandbox,
  wrongThings,
  allContainers,
  retireAll,
  configWith,
  failureOf,
  succeeded,
} from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callsOf, runFaulty } from './faults/faulty-ds01.ts';
import { canRun, isLong, useSandbox } from './harness/use-sandbox.ts';

/** What is needed of the host's own state: the process that holds its namespaces. */
const hostStateSchema = z.object({ holder: z.object({ pid: z.int() }) });

const ttlMs = 3000;
const deploy = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--json'];
const list = ['container', 'list', '--all', '--json'];

/** `ds01` as Alice with a fault, the engine killed and started again while it stands still. */
async function restartEngineAt(sandbox: Sandbox, at: number) {
  const words = [...deploy, '--user', 'alice'];
  const run = runFaulty(sandbox, words, { at, signal: 'SIGSTOP' });
  await run.cameTo(at);
  await sandbox.host.killDaemon();
  await sandbox.host.startDaemon();
  run.goOn();
  return run.done;
}

describe.skipIf(!canRun)('dockerd killed and started again in the middle of a deploy', () => {
  const sandbox = useSandbox({
    name: 'restart',
    gpus: 'h100x8',
    config: configWith({}, `leases:\n  reserve_ttl_s: ${ttlMs / 1000}\n`),
  });

  const afterwards = async (): Promise<void> => {
    // Not a wait for something to happen: a reservation that couldn't be undone has to run out.
    await setTimeout(ttlMs);
    succeeded(await sandbox().ds01(list));
    expect(await wrongThings(sandbox())).toEqual([]);
    succeeded(await sandbox().ds01(deploy, { user: 'alice' }));
    expect(await wrongThings(sandbox())).toEqual([]);
    await retireAll(sandbox(), ['alice', 'bob']);
    expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });
  };

  test.each([
    'engine.createContainer',
    ...(isLong ? ['engine.inspectContainer'] : []),
    'engine.startContainer',
  ])('right before %s: nothing is doubled or left behind', async (label) => {
    succeeded(await sandbox().ds01(deploy, { user: 'bob' }));
    const calls = await callsOf(sandbox(), [...deploy, '--user', 'alice']);
    await retireAll(sandbox(), ['alice']);
    const outcome = await restartEngineAt(sandbox(), calls.indexOf(label));
    if (outcome.code !== 0) expect(failureOf(outcome).exitCode).toBeGreaterThan(0);
    await afterwards();
  });

  test('while it starts the container: nothing is doubled or left behind', async () => {
    succeeded(await sandbox().ds01(deploy, { user: 'bob' }));
    const calls = await callsOf(sandbox(), [...deploy, '--user', 'alice']);
    await retireAll(sandbox(), ['alice']);
    const run = runFaulty(sandbox(), [...deploy, '--user', 'alice']);
    await run.cameTo(calls.indexOf('engine.startContainer'));
    await sandbox().host.killDaemon();
    const outcome = await run.done;
    await sandbox().host.startDaemon();
    if (outcome.code !== 0) {
      expect(failureOf(outcome).code).toMatch(/^(?:engine|gate|operation|container)\./);
    }
    await afterwards();
  });

  /** Nothing runs, but the engine's containerd still has the folder of a run, which it never removes. */
  const leaveRun = async (): Promise<string> => {
    const [made] = await allContainers(sandbox());
    if (made === undefined) throw new Error('there is no container');
    const { execRoot } = sandbox().host.paths;
    const runs = 'containerd/daemon/io.containerd.runtime.v2.task/moby';
    mkdirSync(join(execRoot, runs, made.id), { recursive: true });
    return made.id;
  };

  test('a container that the engine can’t start any more is made again, with what is in it', async () => {
    const create = ['container', 'create', ...deploy.slice(2)];
    succeeded(await sandbox().ds01(create, { user: 'alice' }));
    const first = await leaveRun();
    succeeded(await sandbox().ds01(deploy, { user: 'alice' }));
    const write = ['container', 'exec', 'thesis', '--', 'sh', '-c', 'touch ~/installed'];
    succeeded(await sandbox().ds01(write, { user: 'alice' }));
    succeeded(await sandbox().ds01(['container', 'stop', 'thesis'], { user: 'alice' }));
    const second = await leaveRun();
    expect(second).not.toBe(first);
    expect(failureOf(await sandbox().ds01(deploy, { user: 'alice' }))).toMatchObject({
      code: 'container.start-failed',
      hint: 'ds01 container start thesis --recreate',
    });
    const recreate = ['container', 'start', 'thesis', '--recreate'];
    succeeded(await sandbox().ds01(recreate, { user: 'alice' }));
    const look = ['container', 'exec', 'thesis', '--', 'sh', '-c', 'ls ~/installed'];
    succeeded(await sandbox().ds01(look, { user: 'alice' }));
    expect(await wrongThings(sandbox())).toEqual([]);
    await retireAll(sandbox(), ['alice']);
  });

  test('without an engine every command says so with exit 6', async () => {
    await sandbox().host.killDaemon();
    expect(failureOf(await sandbox().ds01(deploy, { user: 'alice' }))).toMatchObject({
      code: 'engine.unreachable',
      exitCode: 6,
    });
    await sandbox().host.startDaemon();
    await afterwards();
  });
});

describe.skipIf(!canRun)("a full disk under the engine's data", () => {
  const sandbox = useSandbox({ name: 'fulldata', gpus: 'l40sx2', config: configWith() });

  /** Runs a program where the engine is started, whose mounts are its own. */
  const besideEngine = (...words: readonly string[]): void => {
    const state = readFileSync(sandbox().host.paths.stateFile, 'utf8');
    const { pid } = hostStateSchema.parse(JSON.parse(state)).holder;
    execFileSync('nsenter', ['--target', String(pid), '--mount', '--', ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };

  test('refuses a deploy with engine.storage-full, leaks nothing, and works once there is room', async () => {
    const { dataRoot } = sandbox().host.paths;
    await sandbox().host.stopDaemon();
    besideEngine('mount', '-t', 'tmpfs', '-o', 'size=48m', 'ds01-full', dataRoot);
    await sandbox().host.startDaemon();
    await sandbox().host.image('busybox');
    const filler = join(dataRoot, 'filler');
    // More than there is room for, and not without an end should this be the machine's own disk.
    besideEngine('sh', '-c', `head -c 64m /dev/zero > ${filler} 2>/dev/null || true`);

    const failure = failureOf(await sandbox().ds01(deploy, { user: 'alice' }));
    expect(failure).toMatchObject({ code: 'engine.storage-full', exitCode: 1 });
    besideEngine('rm', filler);
    succeeded(await sandbox().ds01(list));
    expect(await allContainers(sandbox())).toEqual([]);
    expect(sandbox().leases()).toEqual([]);
    expect(sandbox().resources()).toEqual({ grants: [], pins: [], cgroups: [] });

    succeeded(await sandbox().ds01(deploy, { user: 'alice' }));
    expect(await wrongThings(sandbox())).toEqual([]);
    await retireAll(sandbox(), ['alice']);
  });
});
