import { spawn } from 'node:child_process';
import { createSetupError } from './setup-error.ts';

/** How {@link runCommand} starts its command. */
export interface RunCommandOptions {
  /** Complete environment of the command; the caller's own when left out. */
  readonly environment?: NodeJS.ProcessEnv;
  /** What the command reads from standard input; nothing when left out. */
  readonly input?: NodeJS.ReadableStream;
  /** Kills the command (SIGTERM) when aborted. */
  readonly signal?: AbortSignal;
  /** Called with each full line written to descriptor 3 (apt's status channel, for one). */
  readonly onStatusLine?: (line: string) => void;
}

/** What a finished command left behind. `exitCode` is 128 if another signal than SIGINT ended it. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end and collects its output. Never goes through a shell.
 * A non-zero exit code is a result, not an error.
 *
 * @throws a setup error: 4 the executable can't be started, 130 Ctrl-C ended it
 */
export function runCommand(
  file: string,
  commandArguments: readonly string[],
  options: RunCommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, commandArguments, {
      env: options.environment ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe', options.onStatusLine === undefined ? 'ignore' : 'pipe'],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    if (options.onStatusLine !== undefined) forwardLines(child.stdio[3], options.onStatusLine);
    child.on('error', (cause) => {
      if (options.signal?.aborted === true) reject(cause);
      else reject(createSetupError(`cannot run ${file}: ${cause.message}`, { exitCode: 4, cause }));
    });
    child.on('close', (code, signal) => {
      // Ctrl-C reaches the command too: whoever waits for it must not try again.
      if (signal === 'SIGINT') reject(createSetupError('interrupted', { exitCode: 130 }));
      resolve({
        exitCode: code ?? 128,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    child.stdin?.on('error', () => {
      // The command may end without reading its input; its exit code tells the story.
    });
    if (child.stdin === null) return;
    if (options.input === undefined) child.stdin.end();
    else options.input.pipe(child.stdin);
  });
}

/**
 * Like {@link runCommand}, for commands that have to succeed.
 *
 * @returns the command's standard output
 * @throws a setup error (exit code 4) that quotes the end of its standard error
 */
export async function requireCommand(
  file: string,
  commandArguments: readonly string[],
  options: RunCommandOptions = {},
): Promise<string> {
  const result = await runCommand(file, commandArguments, options);
  if (result.exitCode === 0) return result.stdout;
  const reason = (result.stderr || result.stdout).trim().split('\n').slice(-8).join('\n');
  throw createSetupError(
    `${[file, ...commandArguments].join(' ')} ended with ${String(result.exitCode)}: ${reason}`,
    { exitCode: 4 },
  );
}

function forwardLines(stream: unknown, onLine: (line: string) => void): void {
  if (!isReadable(stream)) return;
  let rest = '';
  stream.on('data', (chunk: Buffer | string) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

function isReadable(stream: unknown): stream is NodeJS.ReadableStream {
  return typeof stream === 'object' && stream !== null && 'on' in stream;
}
