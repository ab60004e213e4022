import { Command, CommanderError, Option } from 'commander';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandSpec, Program } from './command.ts';
import type { FlagSpec, FlagValues } from './flags.ts';

/** A command line that was understood. */
export interface ParsedCommand<Runtime> {
  readonly spec: CommandSpec<Runtime>;
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
 * the program was called by that name (`calledAs`). Help and version are printed at once, on stdout.
 * Fails with `usage.invalid` and `usage.not-yet`.
 */
export async function parseCommandLine<Runtime>(
  program: Program<Runtime>,
  calledAs: string,
  words: readonly string[],
): Promise<ParsedCommand<Runtime> | ParsedNothing> {
  const { commands } = program;
  const { own, trailing } = splitTrailing([
    ...classicPrefix(commands, calledAs),
    ...spelledOut(commands, words),
  ]);
  const found: { command?: ParsedCommand<Runtime> } = {};
  const root = buildProgram(program, (spec, operands, flags) => {
    found.command = { spec, operands, flags, trailing };
  });
  try {
    await root.parseAsync([...own], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exitCode: 0 };
    throw usageError(program, error, own);
  }
  if (found.command === undefined) return { exitCode: 0 };
  checkCommand(program, found.command);
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

type Named = Pick<CommandSpec<unknown>, 'noun' | 'verb'>;

/** `container-deploy` stands for `container deploy`, `container` for itself. */
function classicPrefix(commands: readonly Named[], word: string): readonly string[] {
  const spec = commands.find(({ noun, verb }) => noun !== null && word === `${noun}-${verb}`);
  if (spec !== undefined && spec.noun !== null) return [spec.noun, spec.verb];
  return commands.some(({ noun }) => noun === word) ? [word] : [];
}

/** `ds01 container-deploy` is `ds01 container deploy`. */
function spelledOut(commands: readonly Named[], words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  const prefix = classicPrefix(commands, first);
  return prefix.length === 2 ? [...prefix, ...rest] : words;
}

type OnCommand<Runtime> = (
  spec: CommandSpec<Runtime>,
  operands: readonly string[],
  flags: FlagValues,
) => void;

function buildProgram<Runtime>(program: Program<Runtime>, onCommand: OnCommand<Runtime>): Command {
  const { name, commands, commonFlags } = program;
  const root = base(new Command(name))
    .description(program.description)
    .version(program.version, '-V, --version')
    .helpCommand('help [command...]');
  for (const flag of commonFlags) addFlag(root, flag);
  const nouns = new Map<string, Command>();
  for (const spec of commands) {
    const command = commandOf(spec, commonFlags, onCommand);
    if (spec.noun === null) root.addCommand(command);
    else {
      const noun = nouns.get(spec.noun) ?? base(new Command(spec.noun)).helpCommand('help [verb]');
      if (!nouns.has(spec.noun))
        root.addCommand(noun.description(`see: ${name} ${spec.noun} help`));
      nouns.set(spec.noun, noun);
      noun.addCommand(command);
    }
  }
  return root;
}

function commandOf<Runtime>(
  spec: CommandSpec<Runtime>,
  commonFlags: readonly FlagSpec[],
  onCommand: OnCommand<Runtime>,
): Command {
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

function usageError(
  { name, commands }: { readonly name: string; readonly commands: readonly Named[] },
  error: CommanderError,
  words: readonly string[],
) {
  const bare = error.message.replace(/^error: /, '');
  const noun = commands.some((spec) => spec.noun === words[0]) ? ` ${words[0] ?? ''}` : '';
  const message =
    error.code === 'commander.help' || error.code === 'commander.helpDisplayed'
      ? 'A command is needed.'
      : bare;
  return ds01Error('usage.invalid', { message, hint: `${name}${noun} --help` });
}

function checkCommand<Runtime>(
  { commonFlags }: Program<Runtime>,
  command: ParsedCommand<Runtime>,
): void {
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
