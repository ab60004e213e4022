import { afterAll, beforeAll } from 'vitest';
import type { SandboxDaemon } from './daemon.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';

/** False on a laptop without root, where these tests are skipped; they must run in CI. */
export const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting Docker engines needs root\n');

/** True when everything is tried, not a sample. */
export const isLong = process.env['DS01_TEST_LONG'] === '1';

/** A sandbox with a daemon. */
export type DaemonSandbox = Sandbox & { readonly daemon: SandboxDaemon };

type FileOptions = Omit<SandboxOptions, 'say'>;

/**
 * One private engine for the tests of a file or a `describe`: started before the first and made ready
 * by `prepare`, removed after the last, failed or not. Call the result to get it.
 */
export function useSandbox(
  options: FileOptions,
  prepare: (sandbox: Sandbox) => Promise<unknown> = async () => undefined,
): () => Sandbox {
  let sandbox: Sandbox | undefined;
  beforeAll(async () => {
    const name = `${options.name}-${String(process.pid)}`;
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    sandbox = await startSandbox({ ...options, name, say });
    await prepare(sandbox);
  });
  afterAll(async () => {
    await sandbox?.stop();
  });
  return () => {
    if (sandbox === undefined) throw new Error('the sandbox is not running');
    return sandbox;
  };
}

/** {@link useSandbox} with a daemon. */
export function useDaemon(
  options: Omit<FileOptions, 'daemon'>,
  prepare: (sandbox: DaemonSandbox) => Promise<unknown> = async () => undefined,
): () => DaemonSandbox {
  const sandbox = useSandbox({ ...options, daemon: true }, (made) => prepare(withDaemon(made)));
  return () => withDaemon(sandbox());
}

function withDaemon(sandbox: Sandbox): DaemonSandbox {
  const { daemon } = sandbox;
  if (daemon === null) throw new Error('the sandbox has no daemon');
  return { ...sandbox, daemon };
}
