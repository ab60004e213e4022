import { type Sandbox, type SandboxDaemon, type SandboxOptions, startSandbox } from '@ds01/e2e';
import { afterAll, beforeAll } from 'vitest';

/** False on a laptop without root, where these tests are skipped; they must run in CI. */
export const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting Docker engines needs root\n');

/** A sandbox with a daemon. */
export type DaemonSandbox = Sandbox & { readonly daemon: SandboxDaemon };

/**
 * One private engine with a daemon for the tests of a file: started before the first, removed after
 * the last, failed or not. Call the result to get it.
 */
export function useDaemon(options: Omit<SandboxOptions, 'daemon'>): () => DaemonSandbox {
  let sandbox: Sandbox | undefined;
  beforeAll(async () => {
    const name = `${options.name}-${String(process.pid)}`;
    const say = (line: string) => process.stderr.write(`${line}\n`);
    sandbox = await startSandbox({ ...options, name, say, daemon: true });
  });
  afterAll(async () => {
    await sandbox?.stop();
  });
  return () => {
    const daemon = sandbox?.daemon;
    if (sandbox === undefined || daemon === undefined || daemon === null)
      throw new Error('the sandbox is not running');
    return { ...sandbox, daemon };
  };
}
