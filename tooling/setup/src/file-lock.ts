import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createSetupError } from './setup-error.ts';

/** Options of {@link withFileLock}. */
export interface FileLockOptions {
  /** Called once if another process holds the lock and we have to wait. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while holding an exclusive lock on the file at `path` (made if missing, never removed).
 * The kernel drops the lock when this process dies, however it dies.
 *
 * @throws what `work` throws; a setup error (exit code 4) if `flock` from util-linux can't be run
 */
export async function withFileLock<Result>(
  path: string,
  work: () => Promise<Result>,
  options: FileLockOptions = {},
): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true });
  const release = (await tryLock(path, ['--nonblock'])) ?? (await waitForLock(path, options));
  try {
    return await work();
  } finally {
    await release();
  }
}

async function waitForLock(path: string, options: FileLockOptions): Promise<() => Promise<void>> {
  options.onWait?.();
  const release = await tryLock(path, []);
  if (release === undefined) throw createSetupError(`cannot lock ${path}`, { exitCode: 4 });
  return release;
}

/** Resolves to the function that releases the lock, or undefined if somebody else holds it. */
function tryLock(
  path: string,
  flags: readonly string[],
): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    // `cat` sees the end of its input when we die or close the pipe: then flock's child ends and
    // with it the lock. Its own session keeps Ctrl-C from releasing the lock under our feet.
    const holder = spawn('flock', ['--exclusive', ...flags, path, 'cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const ended = new Promise<void>((resolveEnd) => {
      holder.on('close', () => {
        resolveEnd();
      });
    });
    holder.on('error', (cause) => {
      reject(createSetupError('cannot run flock (package util-linux)', { exitCode: 4, cause }));
    });
    holder.stdin.on('error', () => {
      // EPIPE: flock gave up because the lock is taken; 'close' below reports it.
    });
    holder.stdout.once('data', () => {
      resolve(async () => {
        holder.stdin.end();
        await ended;
      });
    });
    void ended.then(() => {
      resolve(undefined);
    });
    holder.stdin.write('locked\n');
  });
}
