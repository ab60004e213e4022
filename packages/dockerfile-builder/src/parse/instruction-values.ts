import { processWord } from '../analyse/process-word.ts';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { jsonWords, rawWords } from '../analyse/words.ts';
import type { DockerfileInstruction } from '../document/types.ts';
import { type ShellToken, shellTokens } from './shell-tokens.ts';

const dockerfileEscape = '\\';

/** What follows an instruction's keyword and flags, in one line. */
export function bodyOf({ logical, bodyAt }: DockerfileInstruction): string {
  return logical.text.slice(bodyAt).trim();
}

/** The value that a word of a Dockerfile has whatever is built; `undefined` when that depends. */
export function valueOf(word: string): string | undefined {
  const processed = processWord(word, { escape: dockerfileEscape, values: new Map() });
  return processed.ok ? processed.value : undefined;
}

/** `name=value` words of an `ENV` or `LABEL`; `null` unless all of them can be known. */
export function assignmentsOf(instruction: DockerfileInstruction): [string, string][] | null {
  const pairs: [string, string][] = [];
  for (const word of rawWords(bodyOf(instruction), dockerfileEscape)) {
    const equals = word.indexOf('=');
    const name = equals === -1 ? undefined : valueOf(word.slice(0, equals));
    const value = equals === -1 ? undefined : valueOf(word.slice(equals + 1));
    if (name === undefined || value === undefined) return null;
    pairs.push([name, value]);
  }
  return pairs;
}

/** Words of an instruction in JSON form; `null` for other forms. */
export function execWordsOf(instruction: DockerfileInstruction): string[] | null {
  const words = jsonWords(bodyOf(instruction));
  return words === 'unclear' ? null : words;
}

/** Sources and destination of a `COPY` without flags; `null` for what isn't just files. */
export function copyOf(
  instruction: DockerfileInstruction,
): { readonly from: string[]; readonly to: string } | null {
  const { keyword, flags, heredocs } = instruction;
  if (keyword !== 'COPY' || flags.length > 0 || heredocs.length > 0) return null;
  const words = execWordsOf(instruction) ?? rawWords(bodyOf(instruction), dockerfileEscape);
  const values = words.map(valueOf).filter((value) => value !== undefined);
  const to = values.at(-1);
  if (values.length !== words.length || values.length < 2 || to === undefined) return null;
  const from = values.slice(0, -1).map((source) => source.replaceAll(/\[([*?[])\]/g, '$1'));
  return { from, to };
}

/** Words and operators of a `RUN` in shell form; `null` for other instructions and forms. */
export function runTokensOf(instruction: DockerfileInstruction): ShellToken[] | null {
  const { keyword, flags, heredocs } = instruction;
  if (keyword !== 'RUN' || flags.length > 0 || heredocs.length > 0) return null;
  return execWordsOf(instruction) === null ? shellTokens(bodyOf(instruction)) : null;
}

/**
 * What an instruction does, the same for two that do the same, however they are laid out and quoted.
 * `ENV` and `LABEL` do one thing for each of their words.
 */
export function meaningsOf(instruction: DockerfileInstruction): string[] {
  const { keyword, flags, heredocs, text } = instruction;
  if (heredocs.length > 0) return [text];
  const words = wordsOf(instruction);
  if (keyword === 'ENV' || keyword === 'LABEL') return words.map((word) => `${keyword}\n${word}`);
  const beginning = [keyword, ...flags.map(({ name, value }) => `--${name}=${value ?? ''}`)];
  return [[...beginning, ...words].join('\n')];
}

function wordsOf(instruction: DockerfileInstruction): string[] {
  const { keyword } = instruction;
  const exec = execWordsOf(instruction);
  if (keyword === 'RUN' && exec === null) {
    const tokens = runTokensOf(instruction);
    return tokens?.map(({ kind, text }) => `${kind} ${text}`) ?? [bodyOf(instruction)];
  }
  if (keyword === 'COPY' || keyword === 'ENV' || keyword === 'LABEL') {
    const words = exec ?? rawWords(bodyOf(instruction), dockerfileEscape);
    return words.map((word) => valueOf(word) ?? `raw ${word}`);
  }
  return exec?.map((word) => `exec ${word}`) ?? [bodyOf(instruction)];
}

/** Whether an instruction does the same as one that is given as text. */
export function meansText(instruction: DockerfileInstruction, text: string): boolean {
  const other = readDockerfile(text).instructions.flatMap(meaningsOf);
  return meaningsOf(instruction).join('\n') === other.join('\n');
}
