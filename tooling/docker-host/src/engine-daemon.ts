import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createSetupError } from '@ds01/setup';
import { setTimeout as delay } from 'node:timers/promises';
import { startInBackground } from './background-process.ts';
import { plainCgroup } from './cgroups.ts';
import { enterNamespaces } from './engine-namespaces.ts';
import { engineEnvironment } from './engine-tools.ts';
import { hostPaths } from './host-paths.ts';
import { hostCgroup } from './host-registry.ts';
import { type HostState, writeHostState } from './host-state.ts';
import { inHostCgroup } from './launch.ts';
import { identifyProcess, isAlive, type ProcessIdentity, sendSignal } from './processes.ts';

/**
 * Starts dockerd in the host's namespaces and waits until it answers. Also after it was stopped or
 * killed: namespaces, containers' data and firewall rules of the host are still there.
 *
 * @returns the host's state with the new process in it, as it was written to disk
 * @throws a setup error (exit code 6) that quotes dockerd's log
 */
export async function startDaemon(state: HostState): Promise<HostState> {
  if (isAlive(state.daemon)) return state;
  if (!isAlive(state.holder)) {
    throw createSetupError(`the namespaces of docker host '${state.name}' are gone`, {
      exitCode: 4,
      hint: `pnpm docker-host stop --name ${state.name}`,
    });
  }
  const paths = hostPaths(state.root);
  await endContainerd(paths.execRoot);
  // A socket or pid file of a killed dockerd would be mistaken for the new one's.
  rmSync(paths.socket, { force: true });
  rmSync(paths.daemonPidFile, { force: true });
  const daemon = await startInBackground({
    file: '/bin/sh',
    arguments: inHostCgroup(state, [
      ...enterNamespaces(state.holder, ['net', 'mount']),
      'dockerd',
      ...daemonArguments(state),
    ]),
    environment: engineEnvironment(state, paths),
    logFile: join(paths.logDirectory, 'dockerd.log'),
    isReady: () => answers(paths.socket),
    timeoutMs: 60_000,
  });
  writeFileSync(paths.enginePidFile, `${String(daemon.pid)}\n`);
  const next = { ...state, daemon };
  writeHostState(next);
  return next;
}

/**
 * Ends dockerd with the given signal and waits until it is gone. SIGTERM stops the containers first
 * (unless live-restore is on); after SIGKILL they and containerd live on.
 *
 * @throws a setup error (exit code 8) if it still runs after 60 s
 */
export async function stopDaemon(state: HostState, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { daemon } = state;
  if (!isAlive(daemon)) return;
  sendSignal(daemon.pid, signal);
  await waitForEnd(daemon);
}

/** Arguments of dockerd; those that the host was started with come last. */
function daemonArguments(state: HostState): readonly string[] {
  const paths = hostPaths(state.root);
  return [
    '--data-root',
    paths.dataRoot,
    '--exec-root',
    paths.execRoot,
    '--pidfile',
    paths.daemonPidFile,
    '--host',
    `unix://${paths.socket}`,
    '--exec-opt',
    'native.cgroupdriver=cgroupfs',
    '--cgroup-parent',
    `${hostCgroup(state.name)}/${plainCgroup}`,
    ...state.options.engineArguments,
  ];
}

/**
 * containerd dies a moment after the dockerd that started it was killed, and may stay a zombie for
 * seconds: a new dockerd finds its pid, takes it for alive and waits for it in vain. Containers don't
 * mind: their shims live on and are found again.
 */
async function endContainerd(execRoot: string): Promise<void> {
  const pidFile = join(execRoot, 'containerd', 'containerd.pid');
  if (!existsSync(pidFile)) return;
  const identity = identifyProcess(Number(readFileSync(pidFile, 'utf8')));
  const isContainerd = identity !== undefined && commandName(identity.pid) === 'containerd';
  if (isContainerd) {
    sendSignal(identity.pid, 'SIGKILL');
    await waitForEnd(identity);
  }
  rmSync(pidFile, { force: true });
}

function commandName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

async function waitForEnd(daemon: ProcessIdentity): Promise<void> {
  const begin = performance.now();
  while (isAlive(daemon)) {
    if (performance.now() - begin > 60_000) {
      throw createSetupError(`process ${String(daemon.pid)} did not end within 60 s`, {
        exitCode: 8,
      });
    }
    await delay(20);
  }
}

/** True once the engine behind the socket answers a ping. */
function answers(socketPath: string): Promise<boolean> {
  if (!existsSync(socketPath)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => {
      resolve(false);
    });
    call.end();
  });
}
