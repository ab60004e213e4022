import type { TextProblem } from '../requirements/text-problem.ts';

/** A package of an explicit conda lock: one file, from one address. */
export interface CondaLockedPackage {
  /** Without the hash, and without credentials if it had some. */
  readonly url: string;
  readonly name: string;
  readonly version: string;
  readonly build: string;
  /** `linux-64` or `noarch`, as the address says; `null` when it doesn't. */
  readonly platform: string | null;
  /** Hexadecimal; `null` without. */
  readonly hash: { readonly algorithm: 'md5' | 'sha256'; readonly digest: string } | null;
  readonly line: number;
}

/** How reading it ended; `problems` has every one, at least one. */
export type CondaExplicitResult =
  | {
      readonly ok: true;
      readonly packages: readonly CondaLockedPackage[];
      readonly warnings: readonly TextProblem[];
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

const fileName = /^(.+)-([^-]+)-([^-]+)(?:\.conda|\.tar\.bz2)$/;
const platform = /^(?:noarch|(?:linux|osx|win|emscripten|wasi|freebsd|zos)-[a-z0-9]+)$/;

function hashOf(text: string): CondaLockedPackage['hash'] | 'wrong' {
  if (text === '') return null;
  if (/^[0-9a-f]{32}$/i.test(text)) return { algorithm: 'md5', digest: text };
  const long = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text)?.[1];
  return long === undefined ? 'wrong' : { algorithm: 'sha256', digest: long };
}

function readUrl(text: string, line: number): CondaLockedPackage | string {
  const [url = '', ...rest] = text.split('#');
  if (!/^(?:https?|file):\/\//i.test(url)) return 'the address of a package was expected here';
  const hash = hashOf(rest.join('#'));
  if (hash === 'wrong') return 'this is no MD5 or SHA-256 of a package';
  const parts = url.split('/');
  const found = fileName.exec(parts.at(-1) ?? '');
  if (found === null) return 'the address must end with name-version-build.conda or .tar.bz2';
  const [, name = '', version = '', build = ''] = found;
  const folder = parts.at(-2) ?? '';
  const clean = url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1').replace(/\/t\/[^/]+\//, '/');
  const where = platform.test(folder) ? folder : null;
  return { url: clean, name, version, build, platform: where, hash, line };
}

/**
 * An explicit lock of conda (`conda list --explicit`, `conda-linux-64.lock`): `@EXPLICIT`, then one
 * address a line with an optional hash. Comments are `#` lines. Refuses a file without `@EXPLICIT`
 * and lines that are no package; warns of credentials and of other systems than Linux.
 */
export function parseCondaExplicit(
  text: string,
  options: { readonly file?: string } = {},
): CondaExplicitResult {
  const file = options.file ?? null;
  const packages: CondaLockedPackage[] = [];
  const problems: TextProblem[] = [];
  const warnings: TextProblem[] = [];
  let explicit = false;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const content = raw.trim();
    const line = index + 1;
    const column = raw.length - raw.trimStart().length + 1;
    if (content === '' || content.startsWith('#')) continue;
    if (content === '@EXPLICIT') {
      explicit = true;
      continue;
    }
    const read = readUrl(content, line);
    if (typeof read === 'string') {
      problems.push({ file, line, column, message: read, hint: null });
      continue;
    }
    packages.push(read);
    if (/^[a-z]+:\/\/[^/@]*@|\/t\/[^/]+\//i.test(content)) {
      const message = 'this address has credentials in it, which would stay in the image';
      warnings.push({ file, line, column, message, hint: null });
    }
    if (read.platform !== null && !/^(?:noarch|linux-)/.test(read.platform)) {
      const message = `${read.name} is for ${read.platform}: containers run Linux`;
      warnings.push({ file, line, column, message, hint: 'make the lock for linux-64' });
    }
  }
  if (!explicit) {
    const message = 'there is no line @EXPLICIT';
    const hint = 'make it with "conda list --explicit --md5"';
    problems.unshift({ file, line: 1, column: 1, message, hint });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, packages, warnings };
}
