import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { isStale } from './freshness.mjs';

const entryFile = 'main.js';
const keepOldChunksMs = 3_600_000;

/** Removes what earlier builds left, once no process that started with it should be running. */
const pruneChunks = (dist: string, beforeMs: number): void => {
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    if (/\.js(?:\.map)?$/.test(name) && statSync(path).mtimeMs < beforeMs) rmSync(path);
  }
};

/**
 * Builds `apps/<app>` into its `dist`. The bundle is written aside and moved in file by file, the
 * entry last, so that a process starting meanwhile finds either the old or the new program, and one
 * already running still finds the chunks it has not loaded yet. The entry gets the time at which
 * the build started: a source saved during the build is newer.
 */
const build = (root: string, app: string): void => {
  const folder = join(root, 'apps', app);
  const started = new Date();
  process.stderr.write(`ds01: building apps/${app}, its sources are newer than the last build\n`);
  const aside = join(folder, `dist/.build-${process.pid}`);
  try {
    const tsup = join(root, 'node_modules/.bin/tsup');
    const result = spawnSync(tsup, ['--out-dir', aside, '--silent'], {
      cwd: folder,
      stdio: ['ignore', 2, 2],
    });
    if (result.error) throw result.error;
    if (result.status !== 0) {
      process.stderr.write(`ds01: building apps/${app} failed\n`);
      process.exit(1);
    }
    utimesSync(join(aside, entryFile), started, started);
    const chunks = readdirSync(aside).filter((name) => name !== entryFile);
    for (const name of [...chunks, entryFile]) {
      renameSync(join(aside, name), join(folder, 'dist', name));
    }
    pruneChunks(join(folder, 'dist'), started.getTime() - keepOldChunksMs);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
};

/**
 * Builds an app unless another process has just done so: processes that find it stale at the same
 * time queue on a lock of the kernel (`flock`), which a killed process can't leave behind.
 */
export const buildUnderLock = (root: string, app: string): void => {
  const dist = join(root, 'apps', app, 'dist');
  mkdirSync(dist, { recursive: true });
  const lock = openSync(join(dist, '.build-lock'), 'a');
  try {
    // The child shares the open file description: the lock it takes stays with our descriptor.
    const locked = spawnSync('flock', ['3'], { stdio: ['ignore', 2, 2, lock] });
    if (locked.error) throw locked.error;
    if (isStale(root, app)) build(root, app);
  } finally {
    closeSync(lock);
  }
};
