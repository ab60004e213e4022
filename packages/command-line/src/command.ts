import type { FlagSpec, FlagValues } from './flags.ts';
import type { Output } from './output.ts';

/** What a command gets. */
export interface CommandContext<Runtime> {
  readonly operands: readonly string[];
  readonly flags: FlagValues;
  /** What stood after `--`; `null` without. */
  readonly trailing: readonly string[] | null;
  readonly output: Output;
  /** The world of this program, as `openRuntime` made it. */
  readonly runtime: Runtime;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command's module exports. */
export interface CommandModule<Runtime> {
  /** Runs the command and returns its exit code. */
  readonly run: (context: CommandContext<Runtime>) => Promise<number>;
}

/** One command: everything that help, parser, docs and classic names need. */
export interface CommandSpec<Runtime> {
  /** `null` for commands without a noun (`doctor`). */
  readonly noun: string | null;
  readonly verb: string;
  readonly aliases?: readonly string[];
  /**
   * Names besides `noun-verb` under which people knew it: `check-limits` is a program of its own,
   * `get limits` a verb of the program `get`.
   */
  readonly classic?: readonly string[];
  readonly summary: string;
  /** Commander's notation of the operands: `[name]`, `<name>`. */
  readonly operands: string;
  readonly flags: readonly FlagSpec[];
  /** Takes a command after `--`. */
  readonly trailing?: boolean;
  /** Changes something. A program may open the world of all others for looking only. */
  readonly changes?: boolean;
  /** Name of the switch without which it only looks after all. */
  readonly changesWith?: string;
  /** Its exit code is that of a process it ran, so that failures of its own are 125. */
  readonly passesExitCode?: boolean;
  /** A command line that works. */
  readonly example: string;
  /** `null` when it arrives with a later version. */
  readonly load: (() => Promise<CommandModule<Runtime>>) | null;
}

/** What `--guided` and `--concepts` tell about a command. Commands in it stand between backticks. */
export interface Lesson {
  /** What it is for and what will happen, a paragraph each; read before it runs. */
  readonly before: readonly string[];
  /** What has happened and what comes next; read when it went well. */
  readonly after: readonly string[];
}

/** A page of the help that is about no single command. */
export interface Topic {
  /** What follows `help`: `gpus`. */
  readonly name: string;
  readonly summary: string;
  readonly paragraphs: readonly string[];
  /** Command lines that work. */
  readonly examples: readonly string[];
}

/** A command-line program: its name, its commands and the flags that all of them have. */
export interface Program<Runtime> {
  /** What people type: `ds01`. */
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** In the order of the help. */
  readonly commands: readonly CommandSpec<Runtime>[];
  readonly commonFlags: readonly FlagSpec[];
  /**
   * Names that people know for the help itself, one or two words long, and the topic that each asks
   * for; `null` for the help about everything.
   */
  readonly helpNames?: Readonly<Record<string, string | null>>;
  /** Pages of the help; read only when help is asked for. */
  readonly topics?: () => Promise<readonly Topic[]>;
  /** By the commands' names, the empty one being the program; read only when they are asked for. */
  readonly lessons?: () => Promise<Readonly<Record<string, Lesson>>>;
  /** Runs when no command is given in front of a terminal; without one that is a usage error. */
  readonly welcome?: CommandSpec<Runtime>;
}
