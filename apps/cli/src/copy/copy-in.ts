import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, posix, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ds01Error } from '@ds01/contracts/core';
import type { InsidePath, LocalPlace } from './operands.ts';
import { packFrom } from './pack.ts';
import { checkTar, runTar, tarMissing, type CopyWorld } from './session.ts';

/** Copies into a container, as `copyWithContainer` says. */
export async function copyIn(
  world: CopyWorld,
  local: LocalPlace,
  inside: InsidePath,
): Promise<void> {
  if (local.kind === 'stream') {
    await send(world, { from: world.stdin, folder: inside.path, isNew: false, inside });
    return;
  }
  const source = await sourceOf(world, local.text);
  const target = await targetOf(world, inside, source);
  const archive = packFrom(source.folder, {
    from: source.name,
    to: target.name,
    followLinks: world.followLinks,
    say: world.say,
  });
  await send(world, { ...target, from: Readable.from(archive), inside });
}

async function send(
  world: CopyWorld,
  task: {
    readonly from: Readable;
    readonly folder: string;
    /** Nothing of this name may be there yet. */
    readonly isNew: boolean;
    readonly inside: InsidePath;
  },
): Promise<void> {
  const command = ['tar', task.isNew ? '-xkof' : '-xof', '-', '-C', task.folder];
  const outcome = await runTar(world, command, {
    stdin: true,
    exchange: async (session, signal) => {
      session.stdout.resume();
      if (session.stdin === null) throw new Error('the process inside takes no input');
      await pipeline(task.from, session.stdin, { signal });
    },
  });
  checkTar(outcome, task.inside);
}

interface Source {
  readonly folder: string;
  /** Name in that folder; `.` is what is in it. */
  readonly name: string;
  /** What it is called inside, in a folder that is there. */
  readonly calledInside: string;
  readonly isFolder: boolean;
}

async function sourceOf(world: CopyWorld, text: string): Promise<Source> {
  const path = resolve(world.cwd, text);
  const contentsOnly = /(?:^|\/)\.$/.test(text) || path === '/';
  const follow = world.followLinks || text.endsWith('/') || contentsOnly;
  try {
    const found = await (follow ? stat(path) : lstat(path));
    const isFolder = found.isDirectory();
    if (!isFolder && (text.endsWith('/') || contentsOnly)) {
      throw ds01Error('copy.not-found', {
        message: `${text} is no folder.`,
        hint: `ls -ld ${path}`,
      });
    }
    if (contentsOnly) return { folder: path, name: '.', calledInside: '.', isFolder };
    const real = follow ? await realpath(path) : path;
    return { folder: dirname(real), name: basename(real), calledInside: basename(path), isFolder };
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw ds01Error('copy.not-found', {
      message: `There is no ${text} to copy.`,
      hint: `ls -ld ${path}`,
      cause: error,
    });
  }
}

/** Where the archive goes: into the folder that is there, or under a new name in the one above. */
async function targetOf(
  world: CopyWorld,
  inside: InsidePath,
  source: Source,
): Promise<{ readonly folder: string; readonly name: string; readonly isNew: boolean }> {
  const { container, path } = inside;
  if (path === '/' || (await isFolderInside(world, inside))) {
    return { folder: path, name: source.calledInside, isNew: false };
  }
  if (inside.isFolder && !source.isFolder) {
    throw ds01Error('copy.not-found', {
      message: `There is no folder ${path} in ${container} to copy to.`,
      hint: `ds01 container exec ${container} -- mkdir -p ${path}`,
    });
  }
  return { folder: posix.dirname(path), name: posix.basename(path), isNew: source.isFolder };
}

/** Whether a path inside is a folder that can be entered: tar packs one there, and nothing of what is in it. */
async function isFolderInside(world: CopyWorld, inside: InsidePath): Promise<boolean> {
  const command = ['tar', '-cf', '-', '-C', inside.path, '--no-recursion', '--', '.'];
  const outcome = await runTar(world, command, {
    stdin: false,
    exchange: async ({ stdout }) => {
      for await (const _ of stdout);
    },
  });
  const missing = tarMissing(outcome, inside);
  if (missing !== null) throw missing;
  return outcome.exitCode === 0;
}
