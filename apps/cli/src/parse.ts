import { Command, CommanderError, Option } from 'commander';
import { ds01Error } from '@ds01/contracts';
import { commonFlags, type FlagSpec } from './command-flags.ts';
import { commandTable, type CommandSpec } from './command-table.ts';
import type { FlagValues } from './context.ts';
import { version } from './version.ts';

/** A command line that was understood. */
export interface ParsedCommand {
  readonly spec: CommandSpec;
  readonly operands: readonly string[];
  readonly flags: FlagValues;
  readonly trailing: readonly string[] | null;
}

/** Help and version were printed; the command is done. */
export interface ParsedNothing {
  readonly exitCode: number;
}

/**
 * Reads `ds01 <noun> <verb> ...`, or the classic `<noun>-<verb> ...` and `<noun> <verb> ...` when
 * the program was called by that name. Fails with `usage.invalid` and `usage.not-yet`.
 */
export async function parseCommandLine(
  program: string,
  words: readonly string[],
): Promise<ParsedCommand | ParsedNothing> {
  const { own, trailing } = splitTrailing([...classicPrefix(program), ...spelledOut(words)]);
  const found: { command?: ParsedCommand } = {};
  const root = buildProgram((spec, operands, flags) => {
    found.command = { spec, operands, flags, trailing };
  });
  try {
    await root.parseAsync([...own], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exitCode: 0 };
    throw usageError(error, own);
  }
  if (found.command === undefined) return { exitCode: 0 };
  checkCommand(found.command);
  return found.command;
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

/** `container-deploy` stands for `container deploy`, `container` for itself. */
function classicPrefix(program: string): readonly string[] {
  const spec = commandTable.find(
    ({ noun, verb }) => noun !== null && program === `${noun}-${verb}`,
  );
  if (spec !== undefined && spec.noun !== null) return [spec.noun, spec.verb];
  return commandTable.some(({ noun }) => noun === program) ? [program] : [];
}

/** `ds01 container-deploy` is `ds01 container deploy`. */
function spelledOut(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  const prefix = classicPrefix(first);
  return prefix.length === 2 ? [...prefix, ...rest] : words;
}

type OnCommand = (spec: CommandSpec, operands: readonly string[], flags: FlagValues) => void;

function buildProgram(onCommand: OnCommand): Command {
  const root = base(new Command('ds01'))
    .description('GPU containers on a shared server')
    .version(version, '-V, --version')
    .helpCommand('help [command...]');
  for (const flag of commonFlags) addFlag(root, flag);
  const nouns = new Map<string, Command>();
  for (const spec of commandTable) {
    const command = commandOf(spec, onCommand);
    if (spec.noun === null) root.addCommand(command);
    else {
      const noun = nouns.get(spec.noun) ?? base(new Command(spec.noun)).helpCommand('help [verb]');
      if (!nouns.has(spec.noun)) root.addCommand(noun.description(`see: ds01 ${spec.noun} help`));
      nouns.set(spec.noun, noun);
      noun.addCommand(command);
    }
  }
  return root;
}

function commandOf(spec: CommandSpec, onCommand: OnCommand): Command {
  const command = base(new Command(spec.verb))
    .summary(spec.summary)
    .description(spec.summary)
    .addHelpText('after', `\nExample:\n  ${spec.example}`);
  for (const alias of spec.aliases ?? []) command.alias(alias);
  if (spec.operands !== '') command.arguments(spec.operands);
  if (spec.load === null) command.allowUnknownOption().allowExcessArguments();
  for (const flag of [...spec.flags, ...commonFlags]) addFlag(command, flag);
  command.action(() => {
    onCommand(spec, command.args, command.optsWithGlobals());
  });
  return command;
}

function addFlag(command: Command, flag: FlagSpec): void {
  const option = new Option(flag.flags, flag.description);
  if (flag.repeat === true) {
    option.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]);
  }
  if (flag.later === true) option.hideHelp();
  command.addOption(option);
}

function base(command: Command): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: false });
}

function usageError(error: CommanderError, words: readonly string[]) {
  const bare = error.message.replace(/^error: /, '');
  const noun = commandTable.some((spec) => spec.noun === words[0]) ? ` ${words[0] ?? ''}` : '';
  const message =
    error.code === 'commander.help' || error.code === 'commander.helpDisplayed'
      ? 'A command is needed.'
      : bare;
  return ds01Error('usage.invalid', { message, hint: `ds01${noun} --help` });
}

function checkCommand(command: ParsedCommand): void {
  const { spec, flags, trailing } = command;
  for (const flag of [...spec.flags, ...commonFlags].filter(({ later }) => later === true)) {
    const name = new Option(flag.flags).attributeName();
    if (flags[name] !== undefined) {
      throw ds01Error('usage.not-yet', {
        message: `${flag.flags.split(' ')[0] ?? name} arrives with a later version.`,
        hint: spec.example,
        details: { flag: name },
      });
    }
  }
  if (trailing !== null && spec.trailing !== true) {
    throw ds01Error('usage.invalid', {
      message: `${spec.verb} takes no command after --.`,
      hint: spec.example,
    });
  }
}
