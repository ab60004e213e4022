import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ds01Error, isDs01Error, type ContainerId } from '@ds01/contracts';
import type { EngineApi } from './api.ts';
import { belongsTo, execProcess } from './exec-process.ts';
import { containerPath } from './object-paths.ts';

const patience = 20;

/**
 * Sends a signal to the process of an exec; the engine has no call for that, so it goes to the
 * process itself, once its cgroup names the container: a process id may belong to somebody else by
 * now. Fine when it ended; `engine.error` when it runs where this process can't see it.
 */
export async function signalExec(api: EngineApi, path: string, name: string): Promise<void> {
  const number = numberOf(name);
  for (let attempt = 1; attempt <= patience; attempt += 1) {
    const exec = await execProcess(api, path);
    if (exec === null || exec.exitCode !== null) return;
    if (exec.pid > 0 && (await belongsTo(exec.pid, exec.containerId))) {
      send(exec.pid, number);
      return;
    }
    await delay(attempt * 5);
  }
  throw ds01Error('engine.error', {
    message: `The process in the container can't be given ${name} from here.`,
    details: { signal: name },
  });
}

/** Sends a signal to the main process of a container, which may have ended. */
export async function signalMain(api: EngineApi, id: ContainerId, name: string): Promise<void> {
  numberOf(name);
  try {
    await api.send({ method: 'POST', path: containerPath(id, '/kill'), query: { signal: name } });
  } catch (error) {
    const ended = ['engine.conflict', 'container.not-found'];
    if (!isDs01Error(error) || !ended.includes(error.code)) throw error;
  }
}

function numberOf(name: string): number {
  const known = Object.entries(constants.signals).find(([signal]) => signal === name)?.[1];
  if (known !== undefined) return known;
  throw ds01Error('engine.error', {
    message: `${JSON.stringify(name)} is no signal.`,
    details: { signal: name },
  });
}

function send(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}
