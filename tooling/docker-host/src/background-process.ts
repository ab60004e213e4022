import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createSetupError } from '@ds01/setup';
import { identifyProcess, isAlive, type ProcessIdentity } from './processes.ts';

/** How {@link startInBackground} starts a process that outlives this one. */
export interface BackgroundProcess {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** File that takes its output. */
  readonly logFile: string;
  /** Asked every 15 ms until it says true. */
  readonly isReady: () => boolean | Promise<boolean>;
  readonly timeoutMs: number;
}

/**
 * Starts a process in a session of its own, without any of this process's descriptors, and waits
 * until it is ready.
 *
 * @throws a setup error (exit code 6) that quotes its log, if it ends or isn't ready in time
 */
export async function startInBackground(process: BackgroundProcess): Promise<ProcessIdentity> {
  const log = openSync(process.logFile, 'a');
  const child = spawn(process.file, process.arguments, {
    detached: true,
    stdio: ['ignore', log, log],
    env: process.environment,
    cwd: '/',
  });
  const failed = new Promise<never>((_, reject) => {
    child.on('error', reject);
  });
  failed.catch(() => {
    // Raced below; a failure to start shows there.
  });
  closeSync(log);
  child.unref();
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  await Promise.race([failed, waitUntilReady(process, identity)]);
  if (identity === undefined) throw failure(process, 'did not start');
  return identity;
}

async function waitUntilReady(
  process: BackgroundProcess,
  identity: ProcessIdentity | undefined,
): Promise<void> {
  const begin = performance.now();
  while (!(await process.isReady())) {
    if (!isAlive(identity)) throw failure(process, 'ended at once');
    if (performance.now() - begin > process.timeoutMs) {
      throw failure(process, `was not ready within ${String(process.timeoutMs / 1000)} s`);
    }
    await delay(15);
  }
}

function failure(process: BackgroundProcess, what: string): Error {
  const tail = readFileSync(process.logFile, 'utf8').trim().split('\n').slice(-12).join('\n');
  const command = process.arguments.find((argument) => /^[a-z]/.test(argument)) ?? process.file;
  return createSetupError(`${command} ${what}:\n${tail}`, { exitCode: 6 });
}
