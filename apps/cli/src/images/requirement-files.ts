import { basename, dirname, join, relative, resolve } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';
import { parseRequirements, requirementFilesOf } from '@ds01/dockerfile-builder';
import type { PersonFiles } from './person-files.ts';

/** A file that belongs into the context, and its text. */
export interface FileForContext {
  /** Relative to the context. */
  readonly path: string;
  readonly text: string;
  /** False when it lies there already. */
  readonly isCopied: boolean;
}

/** A requirements file and all that it names. */
export interface RequirementsForContext {
  readonly path: string;
  /** Files that it names with -r or -c, and theirs. */
  readonly includes: readonly string[];
  readonly files: readonly FileForContext[];
  readonly notices: readonly string[];
}

/** Nobody has so many by intent. */
const maxFiles = 50;

/**
 * Reads a requirements file and those that it names. What lies outside of the context is to be copied
 * into it, the folders between them kept. Fails with `requirements.invalid`, `file.*`.
 */
export async function requirementsForContext(
  files: PersonFiles,
  options: {
    readonly given: string;
    readonly context: string;
    readonly flag: string;
    /** Refuses folders and wheels of the project, which a Dockerfile of DS01 doesn't copy. */
    readonly refusesLocal: boolean;
  },
): Promise<RequirementsForContext> {
  const { given, context, flag, refusesLocal } = options;
  const main = resolve(given);
  const read = new Map<string, string>();
  const notices: string[] = [];
  const left = [main];
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    if (read.has(next)) continue;
    if (read.size >= maxFiles) throw tooMany(main);
    const text = await files.readGiven(next, flag);
    read.set(next, text);
    notices.push(...check(text, next));
    for (const { kind, path, line } of requirementFilesOf(text)) {
      if (kind !== 'path') left.push(resolve(dirname(next), path));
      else if (refusesLocal) throw refusedLocal({ file: next, line, path });
      else notices.push(localText({ file: next, line, path }));
    }
  }
  const paths = [...read.keys()];
  const isInside = paths.map((path) => isBelow(context, path));
  if (isInside[0] === true && isInside.includes(false)) {
    throw outside(main, paths[isInside.indexOf(false)] ?? main, context);
  }
  const root = isInside[0] === true ? context : commonFolder(paths);
  const found = [...read].map(([path, text]) => ({
    path: relative(root, path),
    text,
    isCopied: root !== context,
  }));
  const [first, ...others] = found;
  return {
    path: first?.path ?? basename(main),
    includes: others.map(({ path }) => path),
    files: found,
    notices,
  };
}

function check(text: string, file: string): readonly string[] {
  const parsed = parseRequirements(text, { file });
  if (!parsed.ok) {
    const [first] = parsed.problems;
    throw ds01Error('requirements.invalid', {
      message: parsed.problems
        .map(({ line, column, message }) => `${file}, line ${line}, column ${column}: ${message}`)
        .join('\n'),
      hint: first?.hint ?? `sed -n ${first?.line ?? 1}p '${file}'`,
      details: { problems: parsed.problems },
    });
  }
  const warnings = parsed.warnings.map(({ line, message }) => `${file}, line ${line}: ${message}`);
  return parsed.lines.length === 0 ? [...warnings, `${file} names no packages so far`] : warnings;
}

/** Something of the project that a list names. */
interface LocalPath {
  readonly file: string;
  readonly line: number;
  readonly path: string;
}

function localText({ file, line, path }: LocalPath): string {
  return (
    `${file}, line ${line}: ${path} is looked for in the image while it is built; what belongs to ` +
    'your project is at /workspace only in the container'
  );
}

function refusedLocal(found: LocalPath) {
  const { file, line, path } = found;
  return ds01Error('requirements.invalid', {
    message: `${localText(found)}. Take the line out, and install it there: pip install -e ${path}`,
    hint: `sed -n ${line}p '${file}'`,
    details: { file, line, path },
  });
}

function isBelow(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && inside !== '..' && !inside.startsWith('../');
}

function commonFolder(paths: readonly string[]): string {
  const [first = '/', ...others] = paths.map((path) => dirname(path));
  let folder = first;
  while (folder !== '/' && others.some((other) => other !== folder && !isBelow(folder, other))) {
    folder = dirname(folder);
  }
  return folder;
}

/** One file that names no other: where it goes in the context. */
export function placed(given: string, text: string, context: string): FileForContext {
  const path = resolve(given);
  return isBelow(context, path)
    ? { path: relative(context, path), text, isCopied: false }
    : { path: basename(path), text, isCopied: true };
}

/** Writes what isn't in the context yet. Gives what a person has to know of it. */
export async function copyIntoContext(
  world: {
    readonly files: PersonFiles;
    /** Asks, or fails, before a file that is there is replaced. */
    readonly mayReplace: (path: string) => Promise<void>;
    readonly keep: (path: string, text: string) => Promise<string>;
  },
  context: string,
  wanted: readonly FileForContext[],
): Promise<readonly string[]> {
  const notices: string[] = [];
  for (const { path, text } of wanted.filter(({ isCopied }) => isCopied)) {
    const target = join(context, path);
    await world.files.makeFolder(dirname(target));
    const before = await world.files.readText(target);
    if (before === text) continue;
    // Who edits the other one later would wonder why nothing changes.
    notices.push(`copied to ${target}: edit it there from now on`);
    if (before === null) {
      if (await world.files.create(target, text)) continue;
      throw ds01Error('operation.interrupted', { message: `Somebody else just made ${target}.` });
    }
    await world.mayReplace(target);
    notices.push(`what was replaced is kept as ${await world.keep(target, before)}`);
    await world.files.replace(target, text);
  }
  return notices;
}

function outside(main: string, path: string, context: string) {
  return ds01Error('requirements.invalid', {
    message: `${main} names ${path}, which lies outside of ${context} and can’t be sent with it.`,
    hint: `cp '${path}' '${context}'`,
  });
}

function tooMany(main: string) {
  return ds01Error('requirements.invalid', {
    message: `${main} leads to more than ${maxFiles} files.`,
    hint: `grep -n '^-[rc]' '${main}'`,
  });
}
