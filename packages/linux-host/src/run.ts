import { spawn } from 'node:child_process';

/** How a program ended. `status` is `null` when a signal ended it. */
export interface RunResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where system programs are, and messages in a language that can be told apart. */
export const systemEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
} as const;

/** For a name service or file server that doesn't answer. */
const defaultTimeoutMs = 10_000;

/**
 * Runs a system program and collects what it prints; one that takes longer than 10 s (or
 * `timeoutMs`) is killed.
 * Rejects only when it can't be started.
 * `descriptor` becomes its descriptor 3.
 */
export function run(
  command: string,
  parameters: readonly string[],
  options: { readonly descriptor?: number; readonly timeoutMs?: number } = {},
): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const child = spawn(command, parameters, {
    cwd: '/',
    env: systemEnvironment,
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe', options.descriptor ?? 'ignore'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.on('error', reject);
  child.on('close', (status) => resolve({ status, ...output }));
  return promise;
}
