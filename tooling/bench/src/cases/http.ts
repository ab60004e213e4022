import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLoad, startSandbox, type OpenLoad } from '@ds01/e2e';
import type { BenchCase, Measurement } from '../measurement.ts';
import { measurePairs, ratioOf, undisturbed, type Pairs } from '../statistics.ts';

const hello = join(import.meta.dirname, '../../../../apps/server/e2e/bench/hello.ts');
const connections = 16;
/**
 * Many short ones: what else the host of a virtual machine does comes and goes within seconds, and is
 * the same for both of a pair only when they are close together.
 */
const turns = 75;
const turnMs = 100;
/** Turns for what is loaded and compiled once. */
const warmUp = 10;

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

/** Milliseconds that a thousand answers take, of the daemon and of the bare server. */
async function measure(
  bareSocket: string,
  asked: { readonly socketPath: string; readonly path: string },
): Promise<Pairs> {
  const daemon = await openLoad({ socketPath: asked.socketPath, connections });
  const bare = await openLoad({ socketPath: bareSocket, connections });
  const thousand = async (load: OpenLoad, path: string): Promise<number> => {
    const requests = [{ method: 'GET', path } as const];
    const { answers, failed, seconds } = await load.ask({ requests, durationMs: turnMs });
    if (failed > 0) throw new Error(`${String(failed)} requests of ${path} failed`);
    return (seconds * 1e6) / answers;
  };
  try {
    return await measurePairs({
      turns,
      warmUp,
      left: () => thousand(daemon, asked.path),
      right: () => thousand(bare, '/'),
    });
  } finally {
    daemon.close();
    bare.close();
  }
}

function measurementOf(version: Pairs, list: Pairs): Measurement {
  const perSecond = (milliseconds: readonly number[]): string =>
    (1e6 / undisturbed(milliseconds)).toFixed(0);
  return {
    name: 'hello-over-version',
    ratio: ratioOf(version),
    budget: 2,
    raw:
      `${perSecond(version.left)} answers a second, ` +
      `${perSecond(version.right)} of a server that says hello; lists of containers ` +
      `${perSecond(list.left)}, which is ${ratioOf(list).toFixed(1)} times fewer`,
  };
}
