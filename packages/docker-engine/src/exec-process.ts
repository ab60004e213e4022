import { readFile } from 'node:fs/promises';
import { isDs01Error, type ContainerId } from '@ds01/contracts';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath } from './object-paths.ts';

const execSchema = z.object({
  Running: z.boolean(),
  ExitCode: z.number().nullish(),
  Pid: z.number().default(0),
  ContainerID: z.string().regex(/^[0-9a-f]{64}$/),
});
const mainSchema = z.object({
  State: z.object({
    Running: z.boolean(),
    ExitCode: z.number(),
    Pid: z.number().default(0),
  }),
});

/** A process inside, under its id on this host; 0 before it runs. */
export interface InnerProcess {
  readonly pid: number;
  readonly containerId: string;
  readonly running: boolean;
  /** `null` until the engine knows it. */
  readonly exitCode: number | null;
}

/** The process of an exec; `null` once the engine forgot it, with its container or after its end. */
export async function execProcess(
  api: EngineApi,
  path: string,
  signal?: AbortSignal,
): Promise<InnerProcess | null> {
  try {
    const exec = await api.read(execSchema, { method: 'GET', path: `${path}/json`, signal });
    const exitCode = exec.Running ? null : (exec.ExitCode ?? null);
    return { pid: exec.Pid, containerId: exec.ContainerID, running: exec.Running, exitCode };
  } catch (error) {
    if (isDs01Error(error) && error.code === 'container.not-found') return null;
    throw error;
  }
}

/** The main process of a container; `null` when there is no such container. */
export async function mainProcess(
  api: EngineApi,
  id: ContainerId,
  signal?: AbortSignal,
): Promise<InnerProcess | null> {
  try {
    const path = containerPath(id, '/json');
    const { State } = await api.read(mainSchema, { method: 'GET', path, signal });
    const exitCode = State.Running ? null : State.ExitCode;
    return { pid: State.Pid, containerId: id, running: State.Running, exitCode };
  } catch (error) {
    if (isDs01Error(error) && error.code === 'container.not-found') return null;
    throw error;
  }
}

/** Whether a process of this host runs in a container: its id may belong to somebody else by now. */
export async function belongsTo(pid: number, containerId: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${String(pid)}/cgroup`, 'utf8')).includes(containerId);
  } catch {
    return false;
  }
}

/**
 * Tells whether a process is gone, before the engine does: that waits for the process's output first.
 * One that can't be seen from here counts as gone.
 */
export function createEndCheck(find: () => Promise<InnerProcess | null>): () => Promise<boolean> {
  let known: InnerProcess | null = null;
  return async () => {
    if (known === null || known.pid === 0) known = await find();
    if (known === null || known.exitCode !== null) return true;
    return known.pid > 0 && !(await belongsTo(known.pid, known.containerId));
  };
}
