import type { CommandSpec, Program } from './command.ts';
import type { FlagSpec } from './flags.ts';
import { nounsOf, phrasesOf } from './names.ts';

/** One thing that a shell may put where the cursor is. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What a shell is told to offer: these, and files or folders of its own. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly paths: 'files' | 'folders' | null;
  /** True when what is typed next belongs to the same word (`thesis:`). */
  readonly open: boolean;
}

/** A value to complete, and what was typed before it. */
export interface ValueRequest<Runtime> {
  readonly spec: CommandSpec<Runtime>;
  /** The flag that wants a value; `null` for an operand. */
  readonly flag: FlagSpec | null;
  /** Operands typed before. */
  readonly operands: readonly string[];
  /** What stands after a flag of the line; `null` without. */
  readonly valueOf: (longFlag: string) => string | null;
  /** The beginning that was typed. */
  readonly begun: string;
}

/** Where values come from. What it gives is filtered by what was typed. */
export type ValueSource<Runtime> = (request: ValueRequest<Runtime>) => Promise<Completion>;

/** Nothing to offer. */
export const noCompletion: Completion = { candidates: [], paths: null, open: false };

/**
 * What may stand where the cursor is, in a line that begins with the name `calledAs`; the last word is
 * the one under the cursor, possibly empty. Names of commands, flags and values, each only where it
 * fits; files after `--`.
 */
export async function completeWords<Runtime>(
  program: Program<Runtime>,
  line: { readonly calledAs: string; readonly words: readonly string[] },
  valuesFor: ValueSource<Runtime>,
): Promise<Completion> {
  const { calledAs, words } = line;
  const begun = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return { ...noCompletion, paths: 'files' };
  const isClassic = calledAs !== program.name;
  const all = isClassic ? [calledAs, ...before] : before;
  const found = findCommand(program, all);
  if (found === null) return filtered(commandNames(program, all, begun), begun);
  return filtered(await forCommand({ program, valuesFor }, found, begun), begun);
}

interface Found<Runtime> {
  readonly spec: CommandSpec<Runtime>;
  readonly rest: readonly string[];
}

function findCommand<Runtime>(
  { commands }: Program<Runtime>,
  words: readonly string[],
): Found<Runtime> | null {
  const phrases = phrasesOf(commands);
  const [first = '', second] = words;
  const two = second === undefined ? undefined : phrases.get(`${first} ${second}`);
  if (two !== undefined) return { spec: two, rest: words.slice(2) };
  const one = phrases.get(first);
  return one === undefined ? null : { spec: one, rest: words.slice(1) };
}

/** Nouns and commands at the beginning, verbs after a noun; the same after `help`. */
function commandNames<Runtime>(
  { commands, commonFlags }: Program<Runtime>,
  words: readonly string[],
  begun: string,
): Completion {
  const ready = commands.filter(({ load }) => load !== null);
  const [first, second, third] = words[0] === 'help' ? words.slice(1) : words;
  const ofCommand = (spec: CommandSpec<Runtime>, value: string): Candidate => ({
    value,
    description: spec.summary,
  });
  if (first === undefined) {
    const nouns = new Set(ready.flatMap(({ noun }) => (noun === null ? [] : [noun])));
    const single = ready.filter(({ noun }) => noun === null);
    return {
      ...noCompletion,
      candidates: [
        ...[...nouns].map((value) => ({ value, description: `commands for each ${value}` })),
        ...single.map((spec) => ofCommand(spec, spec.verb)),
        ...(words[0] === 'help' ? [] : [{ value: 'help', description: 'what a command does' }]),
        ...(begun.startsWith('-') ? flagCandidates(commonFlags, []) : []),
      ],
    };
  }
  if (second !== undefined || third !== undefined || !nounsOf(commands).has(first)) {
    return noCompletion;
  }
  const verbs = ready.flatMap((spec) => {
    const own = spec.noun === first ? [spec.verb, ...(spec.aliases ?? [])] : [];
    const classic = (spec.classic ?? [])
      .filter((name) => name.startsWith(`${first} `))
      .map((name) => name.slice(first.length + 1));
    return [...own, ...classic].map((verb) => ofCommand(spec, verb));
  });
  return { ...noCompletion, candidates: verbs };
}

async function forCommand<Runtime>(
  {
    program,
    valuesFor,
  }: {
    readonly program: Program<Runtime>;
    readonly valuesFor: ValueSource<Runtime>;
  },
  { spec, rest }: Found<Runtime>,
  begun: string,
): Promise<Completion> {
  const own = new Set(spec.flags.flatMap(namesOfFlag));
  const common = program.commonFlags.filter((flag) => !namesOfFlag(flag).some((n) => own.has(n)));
  const flags = [...spec.flags, ...common].filter(({ later }) => later !== true);
  const { operands, waiting, given } = readWords(flags, rest);
  const valueOf = (name: string): string | null => given.get(name) ?? null;
  const joined = /^(--[\w-]+)=(.*)$/.exec(begun);
  if (waiting === null && joined !== null) {
    const [, name = '', value = ''] = joined;
    const flag = flags.find(
      (one) => (takesValue(one) || one.takes !== undefined) && namesOfFlag(one).includes(name),
    );
    if (flag === undefined) return noCompletion;
    const found = await valuesFor({ spec, flag, operands, valueOf, begun: value });
    const candidates = found.candidates.map((one) => ({ ...one, value: `${name}=${one.value}` }));
    return { ...found, candidates };
  }
  if (waiting !== null) return valuesFor({ spec, flag: waiting, operands, valueOf, begun });
  if (begun.startsWith('-')) {
    return { ...noCompletion, candidates: flagCandidates(flags, [...given.keys()]) };
  }
  const wanted = spec.operands === '' ? 0 : spec.operands.split(' ').length;
  const isEndless = spec.operands.includes('...');
  if (operands.length >= wanted && !isEndless) return noCompletion;
  return valuesFor({ spec, flag: null, operands, valueOf, begun });
}

function readWords(
  flags: readonly FlagSpec[],
  words: readonly string[],
): {
  readonly operands: readonly string[];
  readonly waiting: FlagSpec | null;
  /** Long names of the flags of the line, and their values. */
  readonly given: ReadonlyMap<string, string>;
} {
  const operands: string[] = [];
  const given = new Map<string, string>();
  let waiting: FlagSpec | null = null;
  for (const word of words) {
    if (waiting !== null) {
      given.set(longNameOf(waiting), word);
      waiting = null;
      continue;
    }
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    const [name = '', value] = word.split('=', 2);
    const flag = flags.find((one) => namesOfFlag(one).includes(name));
    if (flag === undefined) continue;
    given.set(longNameOf(flag), value ?? '');
    if (takesValue(flag) && value === undefined) waiting = flag;
  }
  return { operands, waiting, given };
}

function flagCandidates(
  flags: readonly FlagSpec[],
  given: readonly string[],
): readonly Candidate[] {
  return flags
    .filter((flag) => flag.repeat === true || !given.includes(longNameOf(flag)))
    .map((flag) => ({ value: longNameOf(flag), description: flag.description }));
}

function filtered(completion: Completion, begun: string): Completion {
  const candidates = completion.candidates.filter(({ value }) => value.startsWith(begun));
  return { ...completion, candidates };
}

function namesOfFlag({ flags }: FlagSpec): readonly string[] {
  return flags.split(/[ ,]+/).filter((word) => word.startsWith('-'));
}

function longNameOf(flag: FlagSpec): string {
  return namesOfFlag(flag).find((name) => name.startsWith('--')) ?? '';
}

function takesValue({ flags }: FlagSpec): boolean {
  return flags.includes('<');
}
