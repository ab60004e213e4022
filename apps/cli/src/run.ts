import { basename } from 'node:path';
import { ds01Error, exitCodeOf, isDs01Error, toDs01Error, type Ds01Error } from '@ds01/contracts';
import type { Logger } from '@ds01/ports';
import type { CommandSpec } from './command-table.ts';
import { switchFlag, textFlag, type CommandContext } from './context.ts';
import { readEnvironment } from './environment.ts';
import { createOutput, type Output } from './output.ts';
import { parseCommandLine, type ParsedCommand } from './parse.ts';
import type { Decorate } from './runtime.ts';

/** Exit code of DS01's own failures in commands that pass on a process's exit code. */
const ownFailure = 125;

/** Runs a command line and sets the process's exit code. */
export async function main(argv: readonly string[], decorate?: Decorate): Promise<void> {
  // Whoever reads our output may leave at any time; what is left to write has nobody to go to.
  process.stdout.on('error', (error: Error) => {
    if (isClosedPipe(error)) return;
    process.stderr.write(`error: the output could not be written: ${error.message}\n`);
    process.exitCode = 1;
  });
  process.exitCode = await runCommandLine(argv, decorate);
}

async function runCommandLine(argv: readonly string[], decorate?: Decorate): Promise<number> {
  const program = basename(argv[1] ?? 'ds01').replace(/\.[cm]?js$/, '');
  const words = argv.slice(2);
  const early = outputFor(words);
  let command: ParsedCommand | null = null;
  try {
    const parsed = await parseCommandLine(program, words);
    if ('exitCode' in parsed) return parsed.exitCode;
    command = parsed;
    return await runParsed(parsed, early, decorate);
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    const failure = asFailure(error);
    early.fail(failure);
    const isOwn = passesExitCode(command?.spec ?? null) && failure.code !== 'operation.interrupted';
    return isOwn ? ownFailure : exitCodeOf(failure);
  }
}

async function runParsed(
  command: ParsedCommand,
  output: Output,
  decorate: Decorate | undefined,
): Promise<number> {
  const load = command.spec.load;
  if (load === null) {
    throw ds01Error('usage.not-yet', {
      message: `${command.spec.noun} ${command.spec.verb} arrives with a later version.`,
      hint: command.spec.example,
    });
  }
  const environment = readEnvironment(process.env, {
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
  });
  const [{ run }, { createRuntime }] = await Promise.all([load(), import('./compose.ts')]);
  const runtime = createRuntime(environment, {
    actFor: textFlag(command.flags, 'user'),
    dryRun: switchFlag(command.flags, 'dryRun'),
    logger: createLogger(environment.debug),
    say: (line) => output.say(line),
    decorate,
  });
  const interrupt = listenForInterrupt();
  try {
    const context: CommandContext = { ...command, output, runtime, signal: interrupt.signal };
    return await run(context);
  } finally {
    interrupt.stop();
    runtime.close();
  }
}

/** Whoever read our output has seen enough (`| head`). */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'EPIPE';
}

function passesExitCode(spec: CommandSpec | null): boolean {
  return spec?.verb === 'exec' || spec?.verb === 'run';
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

/** Ctrl-C aborts the use case, which undoes what it did; a second one ends the process. */
function listenForInterrupt(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  const onSignal = (): void => {
    stop();
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: controller.signal, stop };
}

function outputFor(words: readonly string[]): Output {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const noColor = own.includes('--no-color') || (process.env['NO_COLOR'] ?? '') !== '';
  return createOutput({
    json: own.includes('--json'),
    quiet: own.includes('--quiet') || own.includes('-q'),
    color: !noColor && process.stderr.isTTY === true,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    actFor: userOf(own),
    stdout: process.stdout,
    stderr: process.stderr,
  });
}

function userOf(words: readonly string[]): string | null {
  const at = words.indexOf('--user');
  const joined = words.find((word) => word.startsWith('--user='));
  return joined?.slice('--user='.length) ?? (at === -1 ? null : (words[at + 1] ?? null));
}

function createLogger(debug: boolean): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (debug) process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    };
  return { debug: write('debug'), warn: write('warn'), error: write('error') };
}
