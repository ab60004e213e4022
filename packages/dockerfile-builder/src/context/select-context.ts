import type { TextProblem } from '../requirements/text-problem.ts';
import { readDockerignore } from './dockerignore.ts';
import { createSourceMatcher } from './sources.ts';

/** A file, folder or link of a build context. */
export interface ContextFile {
  /** Relative to the context, with `/`, without `./` in front. */
  readonly path: string;
  /** Of a file; 0 for folders and links. */
  readonly bytes: number;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Where a link leads, as it says; when absent, what it leads to is not looked for. */
  readonly target?: string;
}

/** What a build needs of a folder. */
export interface ContextSelection {
  /** In the order of their paths, each folder before what is in it. */
  readonly files: readonly ContextFile[];
  readonly totalBytes: number;
  /** How many entries stay behind, and how large they are. */
  readonly leftOut: {
    /** By `.dockerignore`. */
    readonly ignored: number;
    /** No COPY or ADD names them. */
    readonly notCopied: number;
    readonly bytes: number;
  };
  /** Files over 100 MB that are sent, largest first. */
  readonly largeFiles: readonly { readonly path: string; readonly bytes: number }[];
  /** Sources that name nothing that is sent; `ignored`: something is there, but `.dockerignore` has it. */
  readonly missing: readonly { readonly source: string; readonly ignored: boolean }[];
  /** What is wrong with `.dockerignore`. */
  readonly problems: readonly TextProblem[];
}

/** From this size on, in bytes, a file of a context is called large. */
export const largeFileBytes = 100_000_000;

const byPath = (left: { readonly path: string }, right: { readonly path: string }): number => {
  if (left.path === right.path) return 0;
  return left.path < right.path ? -1 : 1;
};

/** Says whether a path is one of some roots, or below one. */
function createBelow(roots: readonly string[]): (path: string) => boolean {
  const known = new Set(roots);
  if (known.has('.')) return () => true;
  return (path) => {
    for (let end = path.length; end !== -1; end = path.lastIndexOf('/', end - 1)) {
      if (known.has(path.slice(0, end))) return true;
      if (end === 0) break;
    }
    return false;
  };
}

/**
 * The files of a folder that a build needs: those that COPY and ADD name (all with `sources: null`),
 * less those that `.dockerignore` leaves out. Folders come with all that is below them; a link comes
 * as a link, and what it leads to when a source names it. The Dockerfile and `.dockerignore` are
 * files like others here: whoever sends the context sends the Dockerfile besides.
 *
 * @example
 * selectContext({ files, dockerignore: 'data\n!data/small.csv', sources: ['.'] }).totalBytes;
 */
export function selectContext(options: {
  readonly files: readonly ContextFile[];
  readonly dockerignore: string | null;
  /** Of every COPY and ADD without `--from`, variables replaced. */
  readonly sources: readonly string[] | null;
}): ContextSelection {
  const { ignores, problems } = readDockerignore(options.dockerignore ?? '');
  const kept = options.files.filter((file) => !ignores(file.path));
  const matchSource = createSourceMatcher(kept);
  const sources = (options.sources ?? ['.']).map(matchSource);
  const isNeeded = createBelow(sources.flatMap(({ roots }) => roots));
  const files = kept.filter((file) => isNeeded(file.path)).toSorted(byPath);
  const sum = (list: readonly ContextFile[]) => list.reduce((total, file) => total + file.bytes, 0);
  const totalBytes = sum(files);
  const findAnywhere = createSourceMatcher(options.files);
  const missing = sources
    .filter(
      ({ roots }) => !roots.includes('.') && !files.some((file) => createBelow(roots)(file.path)),
    )
    .map(({ source }) => {
      const below = createBelow(findAnywhere(source).roots);
      return { source, ignored: options.files.some((file) => below(file.path)) };
    });
  return {
    files,
    totalBytes,
    leftOut: {
      ignored: options.files.length - kept.length,
      notCopied: kept.length - files.length,
      bytes: sum(options.files) - totalBytes,
    },
    largeFiles: files
      .filter((file) => file.kind === 'file' && file.bytes > largeFileBytes)
      .map(({ path, bytes }) => ({ path, bytes }))
      .toSorted((left, right) => right.bytes - left.bytes || byPath(left, right)),
    missing,
    problems,
  };
}
