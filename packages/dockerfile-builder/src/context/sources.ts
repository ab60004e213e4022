import { cleanPath, globToRegExp, hasWildcard } from './glob.ts';
import type { ContextFile } from './select-context.ts';

/** What one source of COPY or ADD means in a context. */
export interface MatchedSource {
  readonly source: string;
  /** Paths that are copied with all that is below them; `.` is everything. Links on the way count. */
  readonly roots: readonly string[];
}

const maximumHops = 40;

interface Resolved {
  readonly path: string | null;
  readonly links: readonly string[];
}

/** Follows links in a path as Docker does, inside the root: one that leads out leads nowhere. */
function createResolver(files: readonly ContextFile[]) {
  const targets = new Map(
    files.flatMap((file) =>
      file.kind === 'symlink' ? [[file.path, file.target ?? null] as const] : [],
    ),
  );
  return (path: string): Resolved => {
    const links: string[] = [];
    let rest = path.split('/');
    let done: string[] = [];
    while (rest.length > 0) {
      const [head = '', ...tail] = rest;
      const here = [...done, head].join('/');
      const target = targets.get(here);
      rest = tail;
      if (target === undefined) {
        done = [...done, head];
        continue;
      }
      links.push(here);
      if (target === null || links.length > maximumHops) return { path: null, links };
      // An absolute target is one of the image, or of another machine: inside the root it stays.
      const joined = cleanPath(target.startsWith('/') ? target : [...done, target].join('/'));
      if (joined === null) return { path: null, links };
      done = [];
      rest = [...(joined === '.' ? [] : joined.split('/')), ...tail];
    }
    return { path: done.length === 0 ? '.' : done.join('/'), links };
  };
}

/**
 * Finds what sources of COPY and ADD name in a context. Wildcards are Go's: `*` stays inside a
 * folder. Sources that lead out of the context name nothing.
 */
export function createSourceMatcher(
  files: readonly ContextFile[],
): (source: string) => MatchedSource {
  const resolve = createResolver(files);
  const rootsOf = (path: string): readonly string[] => {
    const { path: resolved, links } = resolve(path);
    return resolved === null ? links : [...links, resolved];
  };
  return (source) => {
    const path = cleanPath(source);
    if (path === null) return { source, roots: [] };
    if (!hasWildcard(path)) {
      const literal = path.replaceAll(/\\(.)/gs, '$1');
      return { source, roots: literal === '.' ? ['.'] : rootsOf(literal) };
    }
    const pattern = globToRegExp(path, { doubleStar: false });
    if (pattern === null) return { source, roots: [] };
    const matched = files.filter((file) => pattern.test(file.path));
    return { source, roots: matched.flatMap((file) => rootsOf(file.path)) };
  };
}
