import { homedir } from 'node:os';
import type { RouteOutput } from '@ds01/contracts';
import type { Api } from '@ds01/ports';
import { isLimitsFileDue, writeLimitsFile } from './limits-file.ts';
import { limitsText } from './limits-text.ts';

/** Longer nobody waits for a file that they didn't ask for. */
const patienceMs = 1000;

/**
 * Writes `~/.ds01-limits` of whoever runs this process: what `view` says, or else what the server says
 * where the file is due. It isn't worth an error: where it can't be written, it isn't.
 */
export async function keepLimitsFile(
  api: Api,
  uid: number,
  view: RouteOutput<'limits.show'> | null,
): Promise<void> {
  const home = homedir();
  try {
    if (view === null && !isLimitsFileDue(home, Date.now())) return;
    writeLimitsFile(home, limitsText(view ?? (await ask(api))), uid);
  } catch {
    // A full disk, a home that isn't there, a daemon that is away: the file is a convenience.
  }
}

async function ask(api: Api): Promise<RouteOutput<'limits.show'>> {
  const options = { signal: AbortSignal.timeout(patienceMs) };
  const { user } = await api.call('users.me', {}, options);
  return api.call('limits.show', { user, quick: true }, options);
}
