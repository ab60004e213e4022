import { textFlag, type FlagValues } from '@ds01/command-line';
import { readMoment } from './read-moment.ts';

/**
 * The moment of `--until` in Unix milliseconds, `null` without: a moment, or how long from now (`2w`).
 * Fails with `usage.invalid`.
 */
export function readUntil(flags: FlagValues): number | null {
  const given = textFlag(flags, 'until');
  if (given === null) return null;
  const isDuration = /^\d+(?:\.\d+)?\s*[mhdw]$/i.test(given.trim());
  return readMoment(isDuration ? `+${given.trim()}` : given, {
    flag: '--until',
    nowMs: Date.now(),
  });
}
