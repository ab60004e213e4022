import { textFlag } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';

/**
 * The limits of the caller, or with `--user` of any name; the caller's own go into `~/.ds01-limits`
 * too. Fails with `user.unknown`.
 */
export async function askLimits({
  flags,
  runtime,
  signal,
}: CommandContext): Promise<RouteOutput<'limits.show'>> {
  const { api, keepLimits } = runtime;
  const user = textFlag(flags, 'user') ?? (await api.call('users.me', {}, { signal })).user;
  const view = await api.call('limits.show', { user }, { signal });
  await keepLimits(view);
  return view;
}
