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

const embedded = { mode: 'embedded', daemon: false } as const;
const throughDaemon = { mode: 'daemon', daemon: true } as const;

/** Where the operations of a command run: what holds in one holds in the other. */
export const modes = [embedded, throughDaemon] as const;

/** True when everything is tried, not a sample. */
export const isLong = process.env['DS01_TEST_LONG'] === '1';

/**
 * The modes for tests of what the operations do, which are the same code in both: the short run tries
 * them in the named one. That both answer alike is for `commands.e2e.test.ts` and the server's matrix.
 */
export function oneOfModes(mode: 'embedded' | 'daemon'): readonly (typeof modes)[number][] {
  return modes.filter((each) => isLong || each.mode === mode);
}
