import { posix } from 'node:path';
import { jsonWords } from './build-config.ts';
import { buildFailure } from './build-run.ts';
import { filesOf, type InMemoryFile, type MemoryFiles } from './files.ts';

/** What a `COPY` takes and where it puts it. */
export interface Copy {
  /** By path below the target; a single file goes by its own name, or is the target itself (``). */
  readonly files: ReadonlyMap<string, InMemoryFile>;
  readonly target: string;
}

/** Where copies come from. */
export interface CopySources {
  readonly context: ReadonlyMap<string, InMemoryFile>;
  /** Files of a stage or an image. */
  readonly image: (name: string) => MemoryFiles;
}

/** Reads the words of `COPY` and `ADD`. Fails with `image.build-failed` when a source isn't there. */
export function sourcesOf(text: string, sources: CopySources): Copy {
  const flags = /^(?:--\w+=\S+\s+)*/.exec(text)?.[0] ?? '';
  const rest = text.slice(flags.length);
  const words = jsonWords(rest) ?? rest.split(/\s+/);
  const target = words.at(-1) ?? '';
  const from = /--from=(\S+)/.exec(flags)?.[1];
  const all =
    from === undefined
      ? sources.context
      : new Map([...sources.image(from)].map(([path, file]) => [path.slice(1), file]));
  const wanted = words.slice(0, -1);
  const files = new Map<string, InMemoryFile>();
  for (const source of wanted) {
    const into = target.endsWith('/') || wanted.length > 1 || target === '.';
    const found = matching(all, source, into);
    if (found.length === 0) {
      throw buildFailure(
        `COPY failed: file not found in build context or excluded by .dockerignore: stat ${source}: file does not exist`,
      );
    }
    for (const [path, file] of found) files.set(path, file);
  }
  return { files, target };
}

/** Files of one source by path below the target: a folder's content, or the file. */
function matching(
  all: ReadonlyMap<string, InMemoryFile>,
  source: string,
  into: boolean,
): readonly (readonly [string, InMemoryFile])[] {
  const plain = posix.normalize(source).replace(/^\/+|\/+$/g, '');
  if (plain === '.' || plain === '') return [...all];
  const pattern = new RegExp(
    `^${plain
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}(?:/(.+))?$`,
  );
  const found: (readonly [string, InMemoryFile])[] = [];
  for (const [path, file] of all) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const below = match[1];
    if (below !== undefined) found.push([below, file]);
    else if (typeof file === 'string' || !('folder' in file)) {
      found.push([into || plain !== path ? posix.basename(path) : '', file]);
    } else found.push(['', file]);
  }
  return found;
}

/** Puts the files in place. */
export function copied(files: MemoryFiles, copy: Copy, workingDirectory: string): void {
  const target = posix.resolve('/', workingDirectory, copy.target);
  for (const [path, file] of copy.files) {
    const at = posix.join(target, path).replace(/(.)\/$/, '$1');
    for (const [above, folder] of filesOf({ [at]: file })) files.set(above, folder);
  }
}
