import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ds01Error, formatBytes } from '@ds01/contracts/core';
import { readDockerignore, selectContext } from '@ds01/dockerfile-builder';
import { targetInside, walkContext, type ContextEntry, type WalkOptions } from './context-walk.ts';

/** What of a folder a build needs. */
export interface ContextRequest {
  readonly folder: string;
  /** What COPY and ADD name; `null` when that can't be told, which is everything. */
  readonly sources: readonly string[] | null;
  readonly maxBytes: number;
}

/** A file of a context that is worth a remark. */
export interface LargeFile {
  readonly path: string;
  readonly bytes: number;
}

/** What a build is sent. */
export interface ContextSelection {
  /** In the order in which they are sent: folders before what is in them. */
  readonly paths: readonly string[];
  readonly totalBytes: number;
  /** Largest first. */
  readonly largeFiles: readonly LargeFile[];
  readonly hasDockerignore: boolean;
  /** Paths that are left out although COPY asks for them: no files, folders or links. */
  readonly leftOut: readonly string[];
  /** What is wrong with `.dockerignore`, in sentences. */
  readonly problems: readonly string[];
}

/** A link may lead to a link, and so on. */
const maxRounds = 40;

/**
 * What of a folder has to be sent: what COPY and ADD ask for, without what `.dockerignore` leaves out.
 * What links lead to comes along when it lies inside. Fails with `build.context-too-large`,
 * `build.context-invalid` for a source that isn't there, `file.denied` for what can't be read.
 */
export async function selectFromFolder(
  { folder, sources, maxBytes }: ContextRequest,
  signal?: AbortSignal,
): Promise<ContextSelection> {
  const dockerignore = await readIgnore(folder);
  const entries = await entriesFor(folder, sources, { skips: skipsOf(dockerignore), signal });
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const { files, totalBytes, largeFiles, missing, problems } = selectContext({
    files: entries.map((entry) => ({
      ...entry,
      kind: entry.kind === 'other' ? 'file' : entry.kind,
    })),
    dockerignore,
    sources,
  });
  const chosen = files.flatMap(({ path }) => byPath.get(path) ?? []);
  refuseUnreadable(folder, chosen);
  const [lost] = missing;
  if (lost !== undefined) throw missingSource(folder, lost);
  if (totalBytes > maxBytes) throw tooLarge({ folder, totalBytes, maxBytes, chosen });
  return {
    paths: withFolders(chosen, byPath),
    totalBytes,
    largeFiles: largeFiles.map(({ path, bytes }) => ({ path, bytes })),
    hasDockerignore: dockerignore !== null,
    leftOut: chosen.filter(({ kind }) => kind === 'other').map(({ path }) => path),
    problems: problems.map(({ line, message }) => `.dockerignore, line ${line}: ${message}`),
  };
}

/** All that the sources may need, and what the links among it lead to. */
async function entriesFor(
  folder: string,
  sources: readonly string[] | null,
  options: WalkOptions,
): Promise<readonly ContextEntry[]> {
  const roots = sources === null ? ['.'] : sources.map(rootOf);
  for (let round = 0; ; round += 1) {
    const entries = await walkContext(folder, roots, options);
    const more = linkTargets(entries, roots).filter((root) => !roots.includes(root));
    if (more.length === 0 || round === maxRounds) return entries;
    roots.push(...more);
  }
}

/** Where to look for what a COPY names: what stands before the first pattern. */
function rootOf(source: string): string {
  const parts = source.split('/').filter((part) => part !== '' && part !== '.');
  const at = parts.findIndex((part) => /[*?[\\]/.test(part));
  const plain = at === -1 ? parts : parts.slice(0, at);
  return plain.length === 0 ? '.' : plain.join('/');
}

/** Where links lead that were met: themselves, and what was looked for behind them. */
function linkTargets(
  entries: readonly ContextEntry[],
  roots: readonly string[],
): readonly string[] {
  return entries.flatMap(({ path, target }) => {
    const inside = target === undefined ? null : targetInside(path, target);
    if (inside === null) return [];
    const behind = roots.filter((root) => root.startsWith(`${path}/`));
    return [inside, ...behind.map((root) => inside + root.slice(path.length))];
  });
}

/** The builder makes folders that are missing, but not with the rights that they have here. */
function withFolders(
  chosen: readonly ContextEntry[],
  byPath: ReadonlyMap<string, ContextEntry>,
): readonly string[] {
  const paths = new Set<string>();
  for (const { path, kind } of chosen) {
    if (kind === 'other') continue;
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length += 1) {
      const above = parts.slice(0, length).join('/');
      if (byPath.get(above)?.kind === 'directory') paths.add(above);
    }
    paths.add(path);
  }
  return [...paths];
}

/** Folders of data may be huge; they are not looked into unless an exception may lie in them. */
function skipsOf(dockerignore: string | null): (path: string) => boolean {
  const text = dockerignore ?? '';
  return /^\s*!/m.test(text) ? () => false : readDockerignore(text).ignores;
}

async function readIgnore(folder: string): Promise<string | null> {
  const path = join(folder, '.dockerignore');
  try {
    return (await stat(path)).isFile() ? await readFile(path, 'utf8') : null;
  } catch (cause) {
    const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw ds01Error('file.denied', {
      message: `${path} can’t be read.`,
      hint: `ls -l '${path}'`,
      cause,
    });
  }
}

function refuseUnreadable(folder: string, chosen: readonly ContextEntry[]): void {
  const found = chosen.find(({ unreadable }) => unreadable === true);
  if (found === undefined) return;
  throw ds01Error('file.denied', {
    message: `The build copies ${found.path}, which you may not read.`,
    hint: `ls -ld '${join(folder, found.path)}'    # or name it in .dockerignore`,
    details: { file: found.path },
  });
}

function missingSource(
  folder: string,
  { source, ignored }: { readonly source: string; readonly ignored: boolean },
) {
  return ds01Error('build.context-invalid', {
    message: ignored
      ? `The Dockerfile copies ${source}, which .dockerignore leaves out.`
      : `The Dockerfile copies ${source}, and there is none in ${folder}.`,
    hint: ignored ? `grep -n '' '${folder}/.dockerignore'` : `ls -la '${folder}'`,
    details: { source },
  });
}

function tooLarge(found: {
  readonly folder: string;
  readonly totalBytes: number;
  readonly maxBytes: number;
  readonly chosen: readonly ContextEntry[];
}) {
  const { folder, totalBytes, maxBytes, chosen } = found;
  const largest = chosen.toSorted((one, other) => other.bytes - one.bytes).slice(0, 3);
  const list = largest.map(({ path, bytes }) => `${path} (${formatBytes(bytes)})`).join(', ');
  return ds01Error('build.context-too-large', {
    message:
      `The Dockerfile copies ${formatBytes(totalBytes)} of ${folder}, and a build may take ` +
      `${formatBytes(maxBytes)}. Largest: ${list}.`,
    hint: 'name data in .dockerignore; a container sees it at /workspace and by --data anyway',
    details: { totalBytes, maxBytes, largest: largest.map(({ path }) => path) },
  });
}
