import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ds01Error, isDs01Error, type ContainerId } from '@ds01/contracts';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath } from './object-paths.ts';

const execSchema = z.object({
  Running: z.boolean(),
  ExitCode: z.number().nullish(),
  Pid: z.number().default(0),
  ContainerID: z.string().regex(/^[0-9a-f]{64}$/),
});

const patience = 20;

/**
 * Sends a signal to the process of an exec; the engine has no call for that, so it goes to the
 * process itself, once its cgroup names the container: a process id may belong to somebody else by
 * now. Fine when it ended; `engine.error` when it runs where this process can't see it.
 */
export async function signalExec(api: EngineApi, path: string, name: string): Promise<void> {
  const number = numberOf(name);
  for (let attempt = 1; attempt <= patience; attempt += 1) {
    const exec = await execAt(api, path);
    if (exec === null || (!exec.Running && typeof exec.ExitCode === 'number')) return;
    if (exec.Pid > 0 && (await belongsTo(exec.Pid, exec.ContainerID))) {
      send(exec.Pid, number);
      return;
    }
    await delay(attempt * 5);
  }
  throw ds01Error('engine.error', {
    message: `The process in the container can't be given ${name} from here.`,
    details: { signal: name },
  });
}

/** `null` once the engine forgot it, with its container or after its end. */
async function execAt(api: EngineApi, path: string) {
  try {
    return await api.read(execSchema, { method: 'GET', path: `${path}/json` });
  } catch (error) {
    if (isDs01Error(error) && error.code === 'container.not-found') return null;
    throw error;
  }
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

async function belongsTo(pid: number, containerId: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${String(pid)}/cgroup`, 'utf8')).includes(containerId);
  } catch {
    return false;
  }
}

function send(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}
