import { processWord } from '../analyse/process-word.ts';
import { jsonWords, rawWords } from '../analyse/words.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import type { RunInstalls } from './installs-of.ts';

/** A file that packages are installed from. */
export interface RequirementFile {
  /** In the context, when a COPY tells; else in the image. */
  readonly path: string;
  readonly line: number;
}

/** The files that runs install from with `-r`, as the context knows them. */
export function requirementFiles(
  document: DockerfileDocument,
  runs: readonly RunInstalls[],
): RequirementFile[] {
  return runs.flatMap(({ instruction, chains }) =>
    chains
      .flatMap(({ installs }) => installs.flatMap(({ files }) => files))
      .filter((file) => file !== null)
      .map((file) => ({
        path: contextPath(document, instruction, file) ?? file,
        line: instruction.startLine,
      })),
  );
}

function contextPath(
  document: DockerfileDocument,
  run: DockerfileInstruction,
  file: string,
): string | null {
  const before = document.instructions.filter(
    ({ index, stage }) => index < run.index && stage === run.stage,
  );
  let folder = '/';
  let found: string | null = null;
  const copies: { folder: string; words: string[] }[] = [];
  for (const instruction of before) {
    const words = wordsOf(document, instruction);
    if (instruction.keyword === 'WORKDIR') folder = resolve(folder, words[0] ?? '');
    const copy = instruction.keyword === 'COPY' || instruction.keyword === 'ADD';
    if (copy && !instruction.flags.some(({ name }) => name === 'from'))
      copies.push({ folder, words });
  }
  const target = resolve(folder, file);
  for (const copy of copies) found = sourceOf(target, copy) ?? found;
  return found;
}

function wordsOf({ escape }: DockerfileDocument, instruction: DockerfileInstruction): string[] {
  const body = instruction.logical.text.slice(instruction.bodyAt).trim();
  const json = jsonWords(body);
  const words = json === null || json === 'unclear' ? rawWords(body, escape) : json;
  return words.map((word) => {
    const read = processWord(word, { escape, values: new Map() });
    return read.ok ? read.value.replaceAll(/\[([*?[])\]/g, '$1') : word;
  });
}

/** What a COPY makes of a path in the image. */
function sourceOf(
  target: string,
  { folder, words }: { folder: string; words: readonly string[] },
): string | null {
  const sources = words.slice(0, -1);
  const destination = words.at(-1) ?? '';
  const at = resolve(folder, destination);
  for (const source of sources) {
    const path = source.replace(/^(\.?\/)+/, '').replace(/\/$/, '');
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (target === at && sources.length === 1) return path;
    if (target === resolve(at, name) && name !== '' && name !== '.') return path;
    const below = at === '/' ? '/' : `${at}/`;
    if ((path === '' || path === '.') && target.startsWith(below))
      return target.slice(below.length);
  }
  return null;
}

function resolve(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
