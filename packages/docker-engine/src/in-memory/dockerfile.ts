import { ds01Error } from '@ds01/contracts';

/** One instruction, continuation lines joined. */
export interface Instruction {
  readonly keyword: string;
  /** Without the keyword. */
  readonly rest: string;
  readonly line: number;
}

/** A stage: what it begins with, its name, what it does. */
export interface Stage {
  readonly from: Instruction;
  readonly base: string;
  readonly name: string | null;
  readonly steps: readonly Instruction[];
}

/** A Dockerfile as the in-memory builder reads it. */
export interface ParsedDockerfile {
  /** `ARG` before the first `FROM`. */
  readonly globalArguments: readonly Instruction[];
  readonly stages: readonly Stage[];
}

const known =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/;

/** Reads the plain part of the language that use cases need. Fails with `dockerfile.invalid`. */
export function parseDockerfile(text: string): ParsedDockerfile {
  const globalArguments: Instruction[] = [];
  const stages: (Omit<Stage, 'steps'> & { readonly steps: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    const { keyword, line } = instruction;
    if (!known.test(keyword)) {
      throw invalid(`dockerfile parse error line ${line}: unknown instruction: ${keyword}`);
    }
    const stage = stages.at(-1);
    if (keyword === 'FROM') {
      stages.push({ from: instruction, ...fromOf(instruction), steps: [] });
    } else if (stage !== undefined) stage.steps.push(instruction);
    else if (keyword === 'ARG') globalArguments.push(instruction);
    else throw invalid('no build stage in current context');
  }
  if (stages.length === 0) throw invalid('dockerfile parse error: file with no instructions');
  return { globalArguments, stages };
}

function fromOf({ rest, line }: Instruction): Pick<Stage, 'base' | 'name'> {
  const words = rest.split(/\s+/).filter((word) => !word.startsWith('--platform'));
  const [base = '', as, name] = words;
  const isWhole = words.length === 1 || (words.length === 3 && as?.toUpperCase() === 'AS');
  if (base !== '' && isWhole) return { base, name: name?.toLowerCase() ?? null };
  throw invalid(`dockerfile parse error line ${line}: FROM requires either one or three arguments`);
}

function instructionsOf(text: string): readonly Instruction[] {
  const found: Instruction[] = [];
  let pieces: string[] = [];
  let first = 0;
  const close = (): void => {
    if (pieces.length > 0) found.push(split(pieces.join(''), first));
    pieces = [];
  };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (pieces.length === 0) first = index + 1;
    pieces.push(line.replace(/\\$/, ''));
    if (!line.endsWith('\\')) close();
  }
  close();
  return found;
}

function split(text: string, line: number): Instruction {
  const [, keyword = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  return { keyword: keyword.toUpperCase(), rest: rest.trim(), line };
}

/** `$NAME`, `${NAME}`, `${NAME:-other}`; names without a value are empty. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\\\$|\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (match: string, braced?: string, fallback?: string, plain?: string) => {
      const name = braced ?? plain;
      if (name === undefined) return match;
      const value = variables.get(name) ?? '';
      return value === '' ? (fallback ?? '') : value;
    },
  );
}

/** Words with quotes and backslashes read as `LABEL` and `ENV` do. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && quote !== "'" && at + 1 < text.length) {
      at += 1;
      word = `${word ?? ''}${text.charAt(at)}`;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = `${word ?? ''}${character}`;
  }
  if (word !== null) words.push(word);
  return words;
}

/** `NAME=value …`, or `NAME value`. */
export function pairsOf(text: string): readonly (readonly [string, string])[] {
  const old = /^(\w+)\s+([\s\S]+)$/.exec(text);
  if (old?.[1] !== undefined && !/^[^\s"']+=/.test(text)) return [[old[1], old[2] ?? '']];
  return wordsOf(text).map((word) => {
    const at = word.indexOf('=');
    return at === -1 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
  });
}

/** `dockerfile.invalid` in the engine's words. */
export function invalid(message: string) {
  return ds01Error('dockerfile.invalid', { message });
}
