import { Command, CommanderError, Option } from 'commander';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandSpec, Program } from './command.ts';
import type { FlagSpec, FlagValues } from './flags.ts';
import { nameOf } from './names.ts';
import { helpAskedBy, resolveCommand, type AskedHelp } from './resolve.ts';

/** A command line that was understood. */
export interface ParsedCommand<Runtime> {
  readonly spec: CommandSpec<Runtime>;
  readonly operands: readonly string[];
  readonly flags: FlagValues;
  readonly trailing: readonly string[] | null;
}

/** No command to run: help, the version, or no command where one was needed. */
export type ParsedQuestion = AskedHelp | { readonly kind: 'version' };

/**
 * Reads `ds01 <noun> <verb> ...`, or the classic `<noun>-<verb> ...` and `<noun> <verb> ...` when the
 * program was called by that name (`calledAs`). Where nobody gave a command, `interactive` says that
 * somebody is there to be welcomed. Fails with `usage.invalid` and `usage.not-yet`.
 */
export function parseCommandLine<Runtime>(
  program: Program<Runtime>,
  calledAs: string,
  words: readonly string[],
  interactive = false,
): ParsedCommand<Runtime> | ParsedQuestion {
  const { own, trailing } = splitTrailing(words);
  const resolved = resolveCommand(program, calledAs, own, interactive);
  if (resolved.kind !== 'command') return resolved;
  const { spec, rest } = resolved;
  const asked = helpAskedBy(rest);
  if (asked !== null) {
    return { kind: 'help', words: nameOf(spec).split(' '), missing: false, ...asked };
  }
  const command = parseWords(program, spec, rest);
  const parsed = { ...command, spec, trailing };
  checkCommand(program, parsed);
  return parsed;
}

function splitTrailing(words: readonly string[]): {
  readonly own: readonly string[];
  readonly trailing: readonly string[] | null;
} {
  const end = words.indexOf('--');
  return end === -1
    ? { own: words, trailing: null }
    : { own: words.slice(0, end), trailing: words.slice(end + 1) };
}

/** Flags and operands of one command; only this one is made known to the parser. */
function parseWords<Runtime>(
  program: Program<Runtime>,
  spec: CommandSpec<Runtime>,
  words: readonly string[],
): Pick<ParsedCommand<Runtime>, 'operands' | 'flags'> {
  const command = new Command(spec.verb)
    .exitOverride()
    .helpOption(false)
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .action(() => undefined);
  if (spec.operands !== '') command.arguments(spec.operands);
  if (spec.load === null) command.allowUnknownOption().allowExcessArguments();
  const own = new Set(spec.flags.map(longName));
  const common = program.commonFlags.filter((flag) => !own.has(longName(flag)));
  const flags = [...spec.flags, ...common];
  for (const flag of flags) addFlag(command, flag);
  refuseEmpty(words, flags, `${program.name} ${nameOf(spec)} --help`);
  try {
    command.parse([...withoutGuesses(words, flags)], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw ds01Error('usage.invalid', {
      message: error.message.replace(/^error: /, ''),
      hint: `${program.name} ${nameOf(spec)} --help`,
    });
  }
  const values = Object.entries(command.opts<FlagValues>());
  const isSwitch = (name: string, value: unknown): boolean =>
    value === '' && flags.some((flag) => flag.takes !== undefined && longName(flag) === name);
  return {
    operands: command.args,
    flags: Object.fromEntries(
      values.map(([name, value]) => [name, isSwitch(name, value) ? true : value]),
    ),
  };
}

/** `--wait=$TIME` of a script in which the variable is empty doesn't mean the flag without a value. */
function refuseEmpty(words: readonly string[], flags: readonly FlagSpec[], hint: string): void {
  const names = flags.filter(({ takes }) => takes !== undefined).map((flag) => wordOf(flag));
  const empty = names.find((name) => words.includes(`${name}=`));
  if (empty === undefined) return;
  throw ds01Error('usage.invalid', { message: `${empty}= has no value.`, hint });
}

function wordOf({ flags }: FlagSpec): string {
  return flags.split(' ')[0] ?? '';
}

/** The words, with a flag whose value may be left out taking none that doesn't look like one. */
function withoutGuesses(words: readonly string[], flags: readonly FlagSpec[]): readonly string[] {
  return words.map((word, at) => {
    const flag = flags.find((one) => one.takes !== undefined && wordOf(one) === word);
    const next = words[at + 1];
    return next === undefined || flag?.takes?.test(next) !== false ? word : `${word}=`;
  });
}

function longName({ flags }: FlagSpec): string {
  return new Option(flags).attributeName();
}

function addFlag(command: Command, flag: FlagSpec): void {
  const option = new Option(flag.flags, flag.description);
  if (flag.repeat === true) {
    option.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]);
  }
  command.addOption(option);
}

function checkCommand<Runtime>(
  { commonFlags }: Program<Runtime>,
  { spec, flags, trailing }: ParsedCommand<Runtime>,
): void {
  for (const flag of [...spec.flags, ...commonFlags].filter(({ later }) => later === true)) {
    const name = longName(flag);
    if (flags[name] !== undefined) {
      throw ds01Error('usage.not-yet', {
        message: `${flag.flags.split(' ').find((word) => word.startsWith('--')) ?? name} arrives with a later version.`,
        hint: spec.example,
        details: { flag: name },
      });
    }
  }
  if (trailing !== null && spec.trailing !== true) {
    throw ds01Error('usage.invalid', {
      message: `${nameOf(spec)} takes no command after --.`,
      hint: spec.example,
    });
  }
}
