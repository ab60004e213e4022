import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askForAll, startSandbox } from '@ds01/e2e';
import type { BenchCase, Measurement } from '../measurement.ts';

const hello = join(import.meta.dirname, '../../../../apps/server/e2e/bench/hello.ts');
const connections = 16;
const turns = 7;
const turnMs = 700;

/** Throughput of the daemon against a server that says hello, on the same kind of socket. */
export const httpCase: BenchCase = {
  budgets: ['hello-over-version'],
  run: async () => {
    await using sandbox = await startSandbox({
      name: `bench-http-${String(process.pid)}`,
      gpus: 'h100x8',
      daemon: true,
    });
    const { daemon } = sandbox;
    if (daemon === null) throw new Error('the sandbox has no daemon');
    const folder = mkdtempSync(join(tmpdir(), 'ds01-bench-'));
    const socketPath = join(folder, 'hello.sock');
    const bare = await startHello(socketPath);
    try {
      const ask = (path: string) => measure(socketPath, { socketPath: daemon.socketPath, path });
      const version = await ask('/api/v1/version');
      return [measurementOf(version, await ask('/api/v1/containers'))];
    } finally {
      bare.kill();
      await once(bare, 'exit');
      rmSync(folder, { recursive: true });
    }
  },
};

async function startHello(socketPath: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [hello, socketPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (child.exitCode !== null) throw new Error('the server to compare with did not start');
  return child;
}

/** Answers a second of both, turn by turn, so that what disturbs one disturbs the other. */
interface Rates {
  readonly bare: readonly number[];
  readonly daemon: readonly number[];
}

async function measure(
  bareSocket: string,
  asked: { readonly socketPath: string; readonly path: string },
): Promise<Rates> {
  const rate = async (socketPath: string, path: string): Promise<number> => {
    const requests = [{ method: 'GET', path } as const];
    const load = { requests, durationMs: turnMs };
    const { answers, failed, seconds } = await askForAll({ socketPath, connections }, load);
    if (failed > 0) throw new Error(`${String(failed)} requests of ${path} failed`);
    return answers / seconds;
  };
  const bare: number[] = [];
  const daemon: number[] = [];
  for (let turn = 0; turn <= turns; turn += 1) {
    const pair = [await rate(bareSocket, '/'), await rate(asked.socketPath, asked.path)] as const;
    // The first turn is for what is loaded and compiled once.
    if (turn === 0) continue;
    bare.push(pair[0]);
    daemon.push(pair[1]);
  }
  return { bare, daemon };
}

function measurementOf(version: Rates, list: Rates): Measurement {
  return {
    name: 'hello-over-version',
    ratio: medianOf(ratiosOf(version)),
    budget: 2,
    raw:
      `${medianOf(version.daemon).toFixed(0)} answers a second, ` +
      `${medianOf(version.bare).toFixed(0)} of a server that says hello; lists of containers ` +
      `${medianOf(list.daemon).toFixed(0)}, which is ${medianOf(ratiosOf(list)).toFixed(1)} times fewer`,
  };
}

function ratiosOf({ bare, daemon }: Rates): readonly number[] {
  return bare.map((rate, index) => rate / (daemon[index] ?? Number.NaN));
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
