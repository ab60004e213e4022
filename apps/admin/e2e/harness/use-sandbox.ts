import { type ConfigFiles, type Sandbox, type SandboxDaemon, startSandbox } from '@ds01/e2e';
import type { SandboxOptions } from '@ds01/e2e';
import { afterAll, beforeAll } from 'vitest';

/** False on a laptop without root, where these tests are skipped; they must run in CI. */
export const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting Docker engines needs root\n');

/** A sandbox with a daemon. */
export type DaemonSandbox = Sandbox & { readonly daemon: SandboxDaemon };

/**
 * One private engine with a daemon for the tests of a file: started before the first and made ready by
 * `prepare`, removed after the last, failed or not. Call the result to get it.
 */
export function useDaemon(
  options: Omit<SandboxOptions, 'daemon' | 'say'>,
  prepare: (sandbox: DaemonSandbox) => Promise<unknown> = async () => undefined,
): () => DaemonSandbox {
  let started: DaemonSandbox | undefined;
  beforeAll(async () => {
    const made = await startSandbox({
      ...options,
      name: `${options.name}-${String(process.pid)}`,
      daemon: true,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    const { daemon } = made;
    if (daemon === null) throw new Error('the sandbox has no daemon');
    started = { ...made, daemon };
    await prepare(started);
  });
  afterAll(async () => {
    await started?.stop();
  });
  return () => {
    if (started === undefined) throw new Error('the sandbox is not running');
    return started;
  };
}

/** These files, with administrators named in the limits. */
export function withAdministrators(
  files: ConfigFiles,
  access: { readonly admin_users: readonly string[]; readonly admin_group?: string },
): ConfigFiles {
  const limits = files['resource-limits.yaml'] ?? '';
  const named = limits.replace('{', `{ "access_control": ${JSON.stringify(access)},`);
  return { ...files, 'resource-limits.yaml': named };
}
