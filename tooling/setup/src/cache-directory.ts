import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The one folder of this machine in which DS01's development tools keep what they fetch
 * (Debian packages, base images): `$XDG_CACHE_HOME/ds01`, else `~/.cache/ds01`.
 * Deleting it is always safe; the next run fetches again.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_CACHE_HOME'];
  if (base !== undefined && base.startsWith('/')) return join(base, 'ds01');
  return join(environment['HOME'] ?? homedir(), '.cache', 'ds01');
}
