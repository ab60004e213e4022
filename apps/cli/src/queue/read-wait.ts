import { readSpan, type FlagValues } from '@ds01/command-line';
import type { RouteInput } from '@ds01/contracts';

const longestMs = 30 * 24 * 3_600_000;

/**
 * How long `--wait` waits: `null` without it, `forMs: null` for as long as it takes. Fails with
 * `usage.invalid` for what is no time with a unit, for less than a second and for more than 30 days.
 */
export function readWait(flags: FlagValues): RouteInput<'containers.deploy'>['wait'] {
  const given = flags['wait'];
  if (given === undefined || given === false) return null;
  if (given === true) return { forMs: null };
  const text = typeof given === 'string' ? given : '';
  const example = 'ds01 container deploy thesis --wait=2h';
  return { forMs: readSpan(text, { flag: '--wait', example, mostMs: longestMs }) };
}
