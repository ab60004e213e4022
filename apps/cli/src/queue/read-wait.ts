import type { FlagValues } from '@ds01/command-line';
import type { RouteInput } from '@ds01/contracts';
import { ds01Error, parseDuration } from '@ds01/contracts/core';

const longestDays = 30;
const longestMs = longestDays * 24 * 3_600_000;

/**
 * How long `--wait` waits: `null` without it, `forMs: null` for as long as it takes. Fails with
 * `usage.invalid` for what is no time with a unit, for less than a second and for more than 30 days.
 */
export function readWait(flags: FlagValues): RouteInput<'containers.deploy'>['wait'] {
  const given = flags['wait'];
  if (given === undefined || given === false) return null;
  if (given === true) return { forMs: null };
  const text = typeof given === 'string' ? given : '';
  // A number alone would be minutes to one person and hours to the next.
  const forMs = /[a-z]\s*$/i.test(text) ? parseDuration(text, 'm') : undefined;
  if (forMs !== undefined && forMs >= 1000 && forMs <= longestMs) return { forMs };
  throw ds01Error('usage.invalid', {
    message: `--wait takes a time such as 30m, 2h or 1d, up to ${longestDays}d, not ${JSON.stringify(text)}.`,
    hint: 'ds01 container deploy thesis --wait=2h',
  });
}
