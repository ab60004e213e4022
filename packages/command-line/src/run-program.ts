import { basename } from 'node:path';
import type { Ds01Error } from '@ds01/contracts';
import { ds01Error, exitCodeOf, isDs01Error, toDs01Error } from '@ds01/contracts/core';
import type { Program } from './command.ts';
import { listenForInterrupt, type SignalSource } from './interrupt.ts';
import { switchFlag } from './flags.ts';
import { createOutput, type Output } from './output.ts';
import { nameOf } from './names.ts';
import { parseCommandLine, type ParsedCommand, type ParsedQuestion } from './parse.ts';
import { createScreen, type Screen, type ScreenStream } from './screen.ts';

/** Exit code of a program's own failures in commands that pass on a process's exit code. */
const ownFailure = 125;

/** The parts of a process that a program's frame uses; `process` is one. */
export interface Host extends SignalSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: HostStream & {
    readonly on: (event: 'error', listener: (error: Error) => void) => unknown;
  };
  readonly stderr: HostStream;
  exitCode?: number | string | null | undefined;
}

interface HostStream extends ScreenStream {
  readonly write: (text: string) => unknown;
}

/** The world of a program's commands. */
export interface ClosableRuntime {
  /** Called once, when the command has ended in any way. */
  readonly close: () => void | Promise<void>;
}

/** What {@link runProgram} runs. */
export interface RunOptions<Runtime extends ClosableRuntime> {
  readonly program: Program<Runtime>;
  /** As `process.argv`: the second word says by which name the program was called. */
  readonly argv: readonly string[];
  readonly host: Host;
  /** Makes the commands' world; called after the command line was understood. */
  readonly openRuntime: (
    command: ParsedCommand<Runtime>,
    output: Output,
  ) => Runtime | Promise<Runtime>;
}

/**
 * Runs a command line from its words to the host's exit code, and never throws: errors go to stderr,
 * with `--json` as the one document to stdout; Ctrl-C aborts the command (130); a reader that left
 * (`| head`) ends it with 0; failures of commands that pass on an exit code are 125, except for usage.
 */
export async function runProgram<Runtime extends ClosableRuntime>(
  options: RunOptions<Runtime>,
): Promise<void> {
  const { host } = options;
  // Whoever reads our output may leave at any time; what is left to write has nobody to go to.
  host.stdout.on('error', (error: Error) => {
    if (isClosedPipe(error)) return;
    host.stderr.write(`error: the output could not be written: ${error.message}\n`);
    host.exitCode = 1;
  });
  host.exitCode = await exitCodeFor(options);
}

async function exitCodeFor<Runtime extends ClosableRuntime>(
  options: RunOptions<Runtime>,
): Promise<number> {
  const { program, argv, host } = options;
  const calledAs = basename(argv[1] ?? program.name).replace(/\.[cm]?js$/, '');
  const words = argv.slice(2);
  const output = outputFor(words, host, program);
  let command: ParsedCommand<Runtime> | null = null;
  try {
    const parsed = parseCommandLine(program, calledAs, words, output.interactive);
    if ('kind' in parsed) return await answer(parsed, output, options);
    command = parsed;
    return await runParsed(parsed, output, options);
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    const failure = asTyped(asFailure(error), program, command);
    output.fail(failure);
    const isCallers = failure.code === 'operation.interrupted' || failure.code.startsWith('usage.');
    const isOwn = command?.spec.passesExitCode === true && !isCallers;
    return isOwn ? ownFailure : exitCodeOf(failure);
  }
}

/** Help and version are data when they were asked for; where a command was needed, help is a remark. */
async function answer<Runtime extends ClosableRuntime>(
  question: ParsedQuestion,
  output: Output,
  { program, host }: RunOptions<Runtime>,
): Promise<number> {
  if (question.kind === 'version') {
    host.stdout.write(`${program.version}\n`);
    return 0;
  }
  const { helpText } = await import('./help.ts');
  if (!question.missing) {
    const parts = [
      ...(question.tells === 'concepts' ? [] : [helpText(program, question.words, output.screen)]),
      ...(question.tells === undefined ? [] : [conceptsOf(program, question.words, output.screen)]),
    ];
    const text = (await Promise.all(parts)).join('\n\n');
    output.result({ help: text }, () => text);
    return 0;
  }
  if (!output.json) {
    host.stderr.write(`${await helpText(program, question.words, output.sideScreen)}\n\n`);
  }
  throw ds01Error('usage.invalid', {
    message: 'A command is needed.',
    hint: [program.name, ...question.words, '--help'].join(' '),
  });
}

/** What a command is about; where there is nothing to say, that is said. */
async function conceptsOf<Runtime>(
  program: Program<Runtime>,
  words: readonly string[],
  screen: Screen,
): Promise<string> {
  const { lessonText } = await import('./lesson.ts');
  const title = [program.name, ...words].join(' ');
  const lesson = (await program.lessons?.())?.[words.join(' ')];
  return lessonText(title, lesson?.before ?? ['There is nothing more to explain.'], screen);
}

async function runParsed<Runtime extends ClosableRuntime>(
  command: ParsedCommand<Runtime>,
  output: Output,
  { program, openRuntime, host }: RunOptions<Runtime>,
): Promise<number> {
  const { load, example } = command.spec;
  if (load === null) {
    throw ds01Error('usage.not-yet', {
      message: `${nameOf(command.spec)} arrives with a later version.`,
      hint: example,
    });
  }
  const [module, runtime] = await Promise.all([load(), openRuntime(command, output)]);
  const interrupt = listenForInterrupt(host);
  try {
    const { signal } = interrupt;
    const run = () => module.run({ ...command, output, runtime, signal });
    return switchFlag(command.flags, 'guided')
      ? await runGuided(command, { program, output, signal }, run)
      : await run();
  } finally {
    output.settle();
    interrupt.stop();
    await runtime.close();
  }
}

async function runGuided<Runtime>(
  { spec, flags }: ParsedCommand<Runtime>,
  world: {
    readonly program: Program<Runtime>;
    readonly output: Output;
    readonly signal: AbortSignal;
  },
  run: () => Promise<number>,
): Promise<number> {
  const { program, output, signal } = world;
  const lesson = (await program.lessons?.())?.[spec === program.welcome ? '' : nameOf(spec)];
  if (lesson === undefined) return run();
  const { teachAround } = await import('./lesson.ts');
  // The exit code of such a command is that of a process, which has its own reasons.
  const wentWell = (code: number): boolean => code === 0 || spec.passesExitCode === true;
  return teachAround({ title: nameOf(spec), lesson, flags, output, signal, wentWell }, run);
}

/** Whether whoever read our output has seen enough (`| head`). */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'EPIPE';
}

function asFailure(error: unknown): Ds01Error {
  if (isDs01Error(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return ds01Error('operation.interrupted', {
      message: 'Interrupted; what was half done has been undone.',
      cause: error,
    });
  }
  return toDs01Error(error);
}

/** What a program of the HTTP API would have to read says nothing to who typed a command. */
function asTyped<Runtime>(
  failure: Ds01Error,
  program: Pick<Program<Runtime>, 'name'>,
  command: ParsedCommand<Runtime> | null,
): Ds01Error {
  const { code, message, details, retryable } = failure;
  if (code !== 'request.invalid' || command === null) return failure;
  if (typeof details['operation'] !== 'string') return failure;
  const hint = `${program.name} ${nameOf(command.spec)} --help`;
  return ds01Error(code, { message, details, retryable, hint, cause: failure });
}

/** The output of a command line that isn't parsed yet, so that its mistakes are shown as it asks. */
function outputFor(
  words: readonly string[],
  host: Host,
  program: Pick<Program<never>, 'commonFlags'>,
): Output {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const { env, stdin, stdout, stderr } = host;
  const colors = !own.includes('--no-color');
  return createOutput({
    json: own.includes('--json'),
    quiet: own.includes('--quiet') || own.includes('-q'),
    interactive: stdin.isTTY === true && stdout.isTTY === true,
    screen: createScreen({ stream: stdout, env, colors }),
    sideScreen: createScreen({ stream: stderr, env, colors }),
    unicode: showsUnicode(env),
    // A flag of one command that is called so means something else.
    actFor: program.commonFlags.some(({ flags }) => flags.startsWith('--user'))
      ? userOf(own)
      : null,
    stdout,
    stderr,
  });
}

/** As the locale says; the console of a machine itself (`TERM=linux`) has few signs. */
function showsUnicode(env: Host['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => (value ?? '') !== '',
  );
  return env['TERM'] !== 'linux' && /utf-?8/i.test(locale ?? '');
}

function userOf(words: readonly string[]): string | null {
  const at = words.indexOf('--user');
  const joined = words.find((word) => word.startsWith('--user='));
  return joined?.slice('--user='.length) ?? (at === -1 ? null : (words[at + 1] ?? null));
}
