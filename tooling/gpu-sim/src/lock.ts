import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const waitMs = 10_000;
const pollMs = 5;

const isProcessAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const isErrorCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Links a file as the lock; false if somebody holds it. */
const tryLink = async (own: string, path: string): Promise<boolean> => {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
};

/**
 * Takes a lock away from a process that is gone. Of several that try, one moves the file of the dead
 * process; one that moved the next holder's by mistake puts it back.
 */
const breakStaleLock = async (path: string): Promise<void> => {
  const holder = await readFile(path, 'utf8').catch(() => '');
  if (!/^\d+$/u.test(holder) || isProcessAlive(Number(holder))) return;
  const moved = `${path}.${randomUUID()}`;
  try {
    await rename(path, moved);
    if ((await readFile(moved, 'utf8')) !== holder) await tryLink(moved, path);
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
  } finally {
    await rm(moved, { force: true });
  }
};

/**
 * Runs an action while holding a lock among all processes of the machine: a file with the holder's
 * pid, complete from the moment at which it is there. Throws an Error if the lock isn't free in 10 s.
 */
export const withLock = async <Result>(
  path: string,
  action: () => Promise<Result>,
): Promise<Result> => {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, String(process.pid), { flag: 'wx' });
  try {
    const deadline = performance.now() + waitMs;
    while (!(await tryLink(own, path))) {
      if (performance.now() > deadline) throw new Error(`${path} is held by another process`);
      await breakStaleLock(path);
      await delay(pollMs);
    }
  } finally {
    await rm(own, { force: true });
  }
  try {
    return await action();
  } finally {
    await rm(path, { force: true });
  }
};
