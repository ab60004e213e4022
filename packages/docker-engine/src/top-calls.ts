import { ds01Error } from '@ds01/contracts';
import type { ContainerEngine, ContainerProcess } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath } from './object-paths.ts';

const topSchema = z.object({
  Titles: z.array(z.string()),
  Processes: z.array(z.array(z.string())),
});

/** For ps(1) of procps on the engine's host; everything after the first five is the command. */
const columns = 'pid,uid,pcpu,rss,etimes,args';
/** A process may have a command line of 2 MB, and a container thousands of processes. */
const mostOfLine = 4096;

/** Processes of a container, as `ps` on the engine's host sees them. */
export function createTopCalls(api: EngineApi): Pick<ContainerEngine, 'processes'> {
  return {
    async processes(id, options) {
      const { Processes } = await api.read(topSchema, {
        method: 'GET',
        path: containerPath(id, '/top'),
        query: { ps_args: `--columns ${mostOfLine} -eo ${columns}` },
        signal: options?.signal,
      });
      return Processes.map(processOf);
    },
  };
}

function processOf(row: readonly string[]): ContainerProcess {
  const [pid, uid, cpu, kibibytes, seconds, ...command] = row;
  const [pidNumber, uidNumber, cpuPercent, memory, elapsedSeconds] = [
    pid,
    uid,
    cpu,
    kibibytes,
    seconds,
  ].map((text) => Number(text?.replace(',', '.') ?? Number.NaN));
  if (
    pidNumber === undefined ||
    uidNumber === undefined ||
    ![pidNumber, uidNumber].every(Number.isInteger)
  ) {
    throw ds01Error('engine.error', {
      message: `The engine’s list of processes was not understood: ${row.join(' ')}`,
    });
  }
  return {
    pid: pidNumber,
    uid: uidNumber,
    cpuPercent: known(cpuPercent),
    memoryBytes: known(memory) * 1024,
    elapsedSeconds: known(elapsedSeconds),
    command: command.join(' '),
  };
}

function known(value: number | undefined): number {
  return value === undefined || !Number.isFinite(value) ? 0 : value;
}
