import { createCursor } from './cursor.ts';
import { readMarker } from './marker.ts';
import type { OffsetProblem } from './text-problem.ts';

/** Something to install from a place instead of by name: a folder, a file, an address, a repository. */
export interface RequirementSource {
  readonly kind: 'path' | 'url' | 'vcs';
  /** As written, without extras and marker, with its fragment: what `pip install` gets. */
  readonly location: string;
  /** From `#egg=` or a wheel's file name; `null` when only building it would tell. */
  readonly name: string | null;
  readonly extras: readonly string[];
  readonly marker: string | null;
  /** What comes after the last `@` of a repository's path: branch, tag or commit. */
  readonly revision: string | null;
  /** `#subdirectory=`. */
  readonly subdirectory: string | null;
}

/** How reading it ended. */
export type SourceResult =
  | { readonly ok: true; readonly source: RequirementSource }
  | { readonly ok: false; readonly problem: OffsetProblem };

const archiveEnd = /\.(?:whl|zip|tar|tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz|tlz|tar\.lz|tar\.lzma)$/i;
const vcsScheme = /^(?:git|hg|svn|bzr)\+[a-z+]+:/i;
const urlScheme = /^(?:https?|ftp|file):/i;

/** It stands for a place, not for a name: an address, something with `/`, or an archive's name. */
export function isSource(text: string): boolean {
  const head = (text.split(/;|@\s/)[0] ?? '').trim();
  if (vcsScheme.test(head) || urlScheme.test(head) || /^(?:git|hg|svn|bzr)\+/i.test(head))
    return true;
  const beforeAt = text.split('@')[0] ?? '';
  const isNamed = beforeAt !== text && !/[/\\]/.test(beforeAt) && !beforeAt.startsWith('.');
  if (isNamed) return false;
  const plain = head.replace(/\[[^\][]*\]$/, '');
  return plain.startsWith('.') || plain.includes('/') || archiveEnd.test(plain);
}

function fragmentOf(location: string): ReadonlyMap<string, string> {
  const hash = location.indexOf('#');
  if (hash === -1) return new Map();
  const pairs = location.slice(hash + 1).split('&');
  return new Map(
    pairs.flatMap((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)] as const];
    }),
  );
}

function revisionOf(location: string): string | null {
  const path = (location.split('#')[0] ?? '').replace(/^[^:]+:\/\/[^/]*/, '');
  const at = path.lastIndexOf('@');
  return at === -1 || at === path.length - 1 ? null : path.slice(at + 1);
}

function nameOfWheel(location: string): string | null {
  const file = (location.split('#')[0] ?? '').split('?')[0]?.split('/').at(-1) ?? '';
  if (!file.toLowerCase().endsWith('.whl')) return null;
  const parts = file.slice(0, -'.whl'.length).split('-');
  return parts.length >= 5 && parts[0] !== undefined && parts[0] !== '' ? parts[0] : null;
}

function splitExtras(text: string): { readonly rest: string; readonly extras: readonly string[] } {
  const found = /\[([^\][]*)\]$/.exec(text);
  if (found === null) return { rest: text, extras: [] };
  const extras = (found[1] ?? '').split(',').map((extra) => extra.trim());
  return { rest: text.slice(0, found.index), extras: extras.filter((extra) => extra !== '') };
}

function kindOf(location: string): RequirementSource['kind'] {
  if (vcsScheme.test(location)) return 'vcs';
  return urlScheme.test(location) ? 'url' : 'path';
}

/**
 * A source as pip reads it: `./folder[extra]`, `x.whl ; marker`,
 * `git+https://host/repo@v1#egg=name&subdirectory=part`. A marker of an address needs a space
 * before its `;`, since an address may have one inside.
 */
export function parseSource(text: string): SourceResult {
  const fail = (offset: number, message: string, hint: string | null): SourceResult => ({
    ok: false,
    problem: { offset, message, hint },
  });
  const isAddress = vcsScheme.test(text) || urlScheme.test(text);
  const separator = (isAddress ? /(?<!\s)\s+;\s*|;\s+/ : /(?<!\s)\s*;\s*/).exec(text);
  const head = separator === null ? text.trim() : text.slice(0, separator.index).trim();
  let marker: string | null = null;
  if (separator !== null) {
    const start = separator.index + separator[0].length;
    const cursor = createCursor(text.slice(start));
    if (readMarker(cursor) !== null) cursor.skipSpace();
    if (!cursor.atEnd()) cursor.fail('the marker should end here, or go on with "and" or "or"');
    const problem = cursor.problem();
    if (problem !== null)
      return { ok: false, problem: { ...problem, offset: problem.offset + start } };
    marker = text.slice(start).trim();
  }
  if (/^(?:git|hg|svn|bzr)\+(?![a-z+]+:)/i.test(head)) {
    return fail(
      0,
      'this is no address of a repository',
      'write git+ssh://git@host/path or git+https://host/path',
    );
  }
  if (isAddress && /\s/.test(head)) {
    return fail(
      head.search(/\s/),
      'an address can have no space in it',
      'write %20 instead of the space',
    );
  }
  const { rest, extras: outer } = splitExtras(head);
  const fragment = fragmentOf(rest);
  const egg = splitExtras(fragment.get('egg') ?? '');
  const kind = kindOf(rest);
  const source = {
    kind,
    location: rest,
    name: egg.rest === '' ? nameOfWheel(rest) : egg.rest,
    extras: outer.length === 0 ? egg.extras : outer,
    marker,
    revision: kind === 'vcs' ? revisionOf(rest) : null,
    subdirectory: fragment.get('subdirectory') ?? null,
  };
  return { ok: true, source };
}
