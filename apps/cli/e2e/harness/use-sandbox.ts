import { type Sandbox, type SandboxOptions, startSandbox } from '@ds01/e2e';
import { afterAll, beforeAll } from 'vitest';

/** False on a laptop without root, where these tests are skipped; they must run in CI. */
export const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting Docker engines needs root\n');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * One private engine for the tests of a file: started before the first, removed after the last,
 * failed or not. Call the result to get it.
 */
export function useSandbox(options: SandboxOptions): () => Sandbox {
  let sandbox: Sandbox | undefined;
  beforeAll(async () => {
    const name = `${options.name}-${String(process.pid)}`;
    sandbox = await startSandbox({ ...options, name, say });
  });
  afterAll(async () => {
    await sandbox?.stop();
  });
  return () => {
    if (sandbox === undefined) throw new Error('the sandbox is not running');
    return sandbox;
  };
}

/** Where the operations of a command run: what holds in one holds in the other. */
export const modes = [
  { mode: 'embedded', daemon: false },
  { mode: 'daemon', daemon: true },
] as const;
