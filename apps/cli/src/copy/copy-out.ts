import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, posix, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ds01Error, isDs01Error } from '@ds01/contracts/core';
import type { InsidePath, LocalPlace } from './operands.ts';
import type { Landing } from './screen.ts';
import {
  checkTar,
  runTar,
  shownPlace,
  tarMissing,
  type CopySession,
  type CopyWorld,
} from './session.ts';
import { unpackInto, type Unpacked } from './unpack.ts';

/** Copies from a container, as `copyWithContainer` says. */
export async function copyOut(
  world: CopyWorld,
  inside: InsidePath,
  local: LocalPlace,
): Promise<void> {
  const source = sourceOf(inside);
  const options = world.followLinks ? ['-chf'] : ['-cf'];
  const command = ['tar', ...options, '-', '-C', source.folder, '--', source.name];
  if (local.kind === 'stream') {
    const outcome = await runTar(world, command, {
      stdin: false,
      exchange: (session) => pipeline(session.stdout, world.stdout, { end: false }),
    });
    checkTar(outcome, inside);
    return;
  }
  const place = await destinationOf(world, inside, local.text);
  const unpacked: Unpacked[] = [];
  const outcome = await runTar(world, command, {
    stdin: false,
    exchange: (session, signal) => receive(session, signal, { world, place, source, unpacked }),
  });
  const missing = tarMissing(outcome, inside);
  if (missing !== null) throw missing;
  if (isDs01Error(outcome.failure)) throw outcome.failure;
  const [result] = unpacked;
  if (outcome.exitCode !== 0 && outcome.exitCode !== null && (result?.count ?? 0) === 0) {
    throw ds01Error('copy.not-found', {
      message: `${shownPlace(inside)}: ${outcome.said || 'tar in the container could not read it'}`,
      details: { path: inside.path },
    });
  }
  checkTar(outcome, inside);
  if ((result?.written ?? 0) === 0 && !inside.contentsOnly) {
    throw ds01Error('copy.failed', {
      message: `Nothing of ${shownPlace(inside)} could be copied; see what was left out.`,
      hint: 'ds01 container cp --help',
    });
  }
}

/** What is still read when an archive was no archive, to learn how the program inside ended. */
const readAnywayBytes = 65_536;

async function receive(
  session: CopySession,
  signal: AbortSignal,
  parts: {
    readonly world: CopyWorld;
    readonly place: Destination;
    readonly source: Source;
    readonly unpacked: Unpacked[];
  },
): Promise<void> {
  const { world, place, source, unpacked } = parts;
  const landing: Landing = { from: source.root, to: place.name };
  const archive = session.stdout.iterator({ destroyOnReturn: false });
  try {
    const result = await unpackInto(place.folder, archive, {
      landing,
      signal,
      checkRoot: place.checkRoot,
      say: world.say,
    });
    unpacked.push(result);
  } catch (error) {
    if (!isDs01Error(error)) await readAnyway(session);
    throw error;
  }
}

async function readAnyway(session: CopySession): Promise<void> {
  let left = readAnywayBytes;
  for await (const chunk of session.stdout.iterator({ destroyOnReturn: false })) {
    left -= chunk instanceof Uint8Array ? chunk.length : 0;
    if (left < 0) return;
  }
  await session.exited;
}

interface Source {
  /** Folder inside that tar works in, and what it packs there. */
  readonly folder: string;
  readonly name: string;
  /** Root of the archive's paths; see {@link Landing}. */
  readonly root: string;
}

function sourceOf({ path, contentsOnly }: InsidePath): Source {
  if (contentsOnly) return { folder: path, name: '.', root: '' };
  const name = posix.basename(path);
  return { folder: posix.dirname(path), name, root: name };
}

interface Destination {
  /** A folder that is there. */
  readonly folder: string;
  /** What the copy is called in it; `''` puts the contents there. */
  readonly name: string;
  readonly checkRoot: (isFolder: boolean) => void;
}

async function destinationOf(
  world: CopyWorld,
  inside: InsidePath,
  text: string,
): Promise<Destination> {
  const path = resolve(world.cwd, text);
  const accept = (): void => undefined;
  const there = await kindOf(path);
  if (there === 'folder') {
    const name = inside.contentsOnly ? '' : posix.basename(inside.path);
    return { folder: await realpath(path), name, checkRoot: accept };
  }
  if (there === 'file') {
    const real = await realpath(path);
    const checkRoot = (isFolder: boolean): void => {
      if (isFolder) throw conflict(`${text} is a file; a folder can’t be copied onto it.`);
    };
    if (text.endsWith('/')) throw conflict(`${text} is no folder.`);
    return { folder: dirname(real), name: basename(real), checkRoot };
  }
  if ((await kindOf(dirname(path))) !== 'folder') {
    throw ds01Error('file.not-found', {
      message: `There is no folder ${dirname(path)} to copy to.`,
      hint: `mkdir -p ${dirname(path)}`,
    });
  }
  const checkRoot = (isFolder: boolean): void => {
    if (!isFolder && text.endsWith('/')) throw conflict(`There is no folder ${text} to copy to.`);
  };
  return { folder: await realpath(dirname(path)), name: basename(path), checkRoot };
}

async function kindOf(path: string): Promise<'folder' | 'file' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw ds01Error('file.denied', {
      message: `${path} can’t be looked at.`,
      hint: `ls -ld ${path}`,
      cause: error,
    });
  }
}

function conflict(message: string) {
  return ds01Error('copy.failed', { message, hint: 'ds01 container cp --help' });
}
