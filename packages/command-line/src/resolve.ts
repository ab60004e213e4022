import type { Ds01Error } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandSpec, Program } from './command.ts';
import { helpNamesOf, nearest, nounsOf, phrasesOf } from './names.ts';

/** Help was asked for, or is all that can be given. */
export interface AskedHelp {
  readonly kind: 'help';
  /** About what; empty for the program. */
  readonly words: readonly string[];
  /** True when a command was needed and none was given. */
  readonly missing: boolean;
  /** Help, the explanation (`--concepts`), or both (`--info`); help when left out. */
  readonly tells?: 'concepts' | 'both';
}

/** Which help the flags ask for; `null` when for none. */
export function helpAskedBy(flags: readonly string[]): Pick<AskedHelp, 'tells'> | null {
  if (flags.includes('--info')) return { tells: 'both' };
  if (flags.includes('--concepts')) return { tells: 'concepts' };
  return flags.includes('--help') || flags.includes('-h') ? {} : null;
}

/** A command and the words that are its flags and operands. */
export interface ResolvedCommand<Runtime> {
  readonly kind: 'command';
  readonly spec: CommandSpec<Runtime>;
  readonly rest: readonly string[];
}

/**
 * Finds the command in a command line: the first words that aren't flags, after the name by which the
 * program was called when that is a classic one. Flags of every command may stand before it. Fails
 * with `usage.invalid`.
 */
export function resolveCommand<Runtime>(
  program: Program<Runtime>,
  calledAs: string,
  words: readonly string[],
  interactive: boolean,
): ResolvedCommand<Runtime> | AskedHelp | { readonly kind: 'version' } {
  const phrases = phrasesOf(program.commands);
  const nouns = nounsOf(program.commands);
  const helpNames = helpNamesOf(program);
  const isClassic =
    calledAs !== program.name &&
    (phrases.has(calledAs) || nouns.has(calledAs) || helpNames.has(calledAs));
  const { flags, first, second, rest } = commandWords(
    program,
    isClassic ? [calledAs, ...words] : words,
  );
  const asked = helpAskedBy(flags);
  const asksHelp = asked !== null;
  const helpAbout = (about: readonly string[], missing: boolean): AskedHelp => ({
    kind: 'help',
    words: withoutFlags(program, about),
    missing,
  });
  if (first === 'help') return helpAbout([...second, ...rest], false);
  if (first === null) {
    if (flags.includes('--version') || flags.includes('-V')) return { kind: 'version' };
    const { welcome } = program;
    if (welcome !== undefined && interactive && !asksHelp) {
      return { kind: 'command', spec: welcome, rest: flags };
    }
    return { kind: 'help', words: [], missing: !asksHelp, ...asked };
  }
  const two = phrases.get([first, ...second].join(' '));
  if (second.length > 0 && two !== undefined) {
    return { kind: 'command', spec: two, rest: [...flags, ...rest] };
  }
  const one = phrases.get(first);
  if (one !== undefined)
    return { kind: 'command', spec: one, rest: [...flags, ...second, ...rest] };
  const topic = helpNames.get([first, ...second].join(' ')) ?? helpNames.get(first);
  if (topic !== undefined) return helpAbout(topic === null ? [] : [topic], false);
  if (nouns.has(first) && (second.length === 0 || second[0] === 'help')) {
    return helpAbout([first, ...rest], second.length === 0 && !asksHelp);
  }
  throw unknownCommand(program.name, { phrases: phrases.keys(), nouns, typed: [first, ...second] });
}

/** The words up to the second one that isn't a flag, and all that follow. */
function commandWords(
  { name, commonFlags }: Program<never>,
  words: readonly string[],
): {
  readonly flags: readonly string[];
  readonly first: string | null;
  readonly second: readonly string[];
  readonly rest: readonly string[];
} {
  const flags: string[] = [];
  const found: string[] = [];
  let at = 0;
  for (; at < words.length && found.length < 2; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) {
      found.push(word);
      continue;
    }
    // Whatever follows the command's name is for its own parser.
    if (found.length > 0 && !isCommon(commonFlags, word)) break;
    if (!isCommon(commonFlags, word)) {
      throw ds01Error('usage.invalid', {
        message: `There is no flag ${word} before a command.`,
        hint: `${name} --help`,
      });
    }
    flags.push(word);
    const value = words[at + 1];
    if (wantsValue(commonFlags, word) && value !== undefined) {
      flags.push(value);
      at += 1;
    }
  }
  const [first = null, ...second] = found;
  return { flags, first, second, rest: words.slice(at) };
}

/** The words that are neither a flag of every command nor its value. */
function withoutFlags(
  { commonFlags }: Program<never>,
  words: readonly string[],
): readonly string[] {
  return words.filter(
    (word, at) => !word.startsWith('-') && !wantsValue(commonFlags, words[at - 1] ?? ''),
  );
}

function wantsValue(commonFlags: Program<never>['commonFlags'], word: string): boolean {
  return commonFlags.some(
    ({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).includes(word),
  );
}

const everywhere = ['--help', '-h', '--version', '-V'];

function isCommon(commonFlags: Program<never>['commonFlags'], word: string): boolean {
  const bare = word.split('=')[0] ?? word;
  return (
    everywhere.includes(bare) ||
    commonFlags.some(({ flags }) => flags.split(/[ ,]+/).includes(bare))
  );
}

function unknownCommand(
  name: string,
  known: {
    readonly phrases: Iterable<string>;
    readonly nouns: ReadonlySet<string>;
    readonly typed: readonly string[];
  },
): Ds01Error {
  const [first = '', second] = known.typed;
  const isNoun = known.nouns.has(first);
  const typed = second === undefined || !isNoun ? first : `${first} ${second}`;
  const similar = nearest(typed, [...known.phrases, ...(isNoun ? [] : known.nouns)]);
  const [best] = similar;
  return ds01Error('usage.invalid', {
    message:
      `${name} has no command "${typed}".` +
      (best === undefined ? '' : ` Did you mean ${similar.join(' or ')}?`),
    hint: isNoun ? `${name} ${first} --help` : `${name} --help`,
  });
}
