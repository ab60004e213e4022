import { type ChildProcess, spawn } from 'node:child_process';
import type { z } from 'zod';

/** How to run a command of a sandbox. */
export interface CommandOptions {
  /** Additions to the environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads from standard input; nothing when left out. */
  readonly stdin?: string;
  /** Leaves standard input open for whoever writes to `child.stdin`, instead of `stdin`. */
  readonly keepInput?: boolean;
  /** Killed and reported as an error after this time; 60 s when left out. */
  readonly timeoutMs?: number;
}

/** What a command left behind. */
export interface CommandOutcome {
  /** Exit code; `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON document on standard output, checked; throws with the output when it isn't one. */
  readonly json: <Schema extends z.ZodType>(schema: Schema) => z.output<Schema>;
}

/** A command that is under way. */
export interface RunningCommand {
  /** The command itself: nothing stands between it and a signal sent here. */
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves once standard error or output contains the text; rejects when it ends before. */
  readonly printed: (text: string) => Promise<void>;
  readonly done: Promise<CommandOutcome>;
}

/** A command as `spawn` takes it. */
export interface CommandLine {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

const defaultTimeoutMs = 60_000;

/** Starts a command with its output collected. */
export function startCommand(line: CommandLine, options: CommandOptions = {}): RunningCommand {
  const child = spawn(line.file, line.arguments, {
    env: { ...line.environment, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
  });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin.on('error', () => {
    // The command may end without reading its input.
  });
  if (options.keepInput !== true) child.stdin.end(options.stdin ?? '');
  const done = outcomeOf(child, output, { line, timeoutMs: options.timeoutMs ?? defaultTimeoutMs });
  done.catch(() => {
    // Whoever waits for it gets the error; nobody has to.
  });
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!output.stdout.includes(text) && !output.stderr.includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      const ended = (): void => reject(new Error(`ended before it printed ${text}`));
      done.then(ended, ended);
    });
  return { child, pid: child.pid ?? -1, printed, done };
}

function outcomeOf(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
  context: { readonly line: CommandLine; readonly timeoutMs: number },
): Promise<CommandOutcome> {
  const { line, timeoutMs } = context;
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (late) {
        const words = line.arguments.join(' ');
        const said = `${output.stdout}${output.stderr}`;
        reject(new Error(`${words} took longer than ${String(timeoutMs)} ms:\n${said}`));
        return;
      }
      resolve({ code, signal, ...output, json: (schema) => parseOutput(output, schema) });
    });
  });
}

function parseOutput<Schema extends z.ZodType>(
  output: { readonly stdout: string; readonly stderr: string },
  schema: Schema,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(output.stdout));
  } catch (cause) {
    const said = `stdout:\n${output.stdout}\nstderr:\n${output.stderr}`;
    throw new Error(`the output isn't the expected JSON document; ${said}`, { cause });
  }
}
