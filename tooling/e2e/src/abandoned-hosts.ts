import { existsSync } from 'node:fs';
import { listHostNames, stopHost } from '@ds01/docker-host';
import { cacheDirectory } from '@ds01/setup';

/**
 * Stops the engines of test runs that were killed. Tests call theirs `<what>-<pid>`: where that
 * process is gone, nobody is left to stop the engine.
 */
export async function removeAbandonedHosts(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (const name of listHostNames()) {
    const pid = /-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await stopHost({ name, cacheDirectory: cacheDirectory(process.env) });
  }
}
