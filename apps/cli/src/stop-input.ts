import { type FlagValues, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error, parseDuration } from '@ds01/contracts/core';

/** How to stop, from `--force` and `--timeout`, which is in seconds without a unit, as that of Docker is. */
export function stopInputOf(flags: FlagValues): {
  readonly force: boolean;
  readonly timeoutSeconds: number | null;
} {
  const given = textFlag(flags, 'timeout');
  const timeoutMs = given === null ? null : parseDuration(given, 's');
  if (timeoutMs === undefined) {
    throw ds01Error('usage.invalid', {
      message: `--timeout ${JSON.stringify(given)} is no time such as 30 or 2m.`,
      hint: 'ds01 container stop thesis --timeout 30',
    });
  }
  return {
    force: switchFlag(flags, 'force'),
    timeoutSeconds: timeoutMs === null ? null : Math.ceil(timeoutMs / 1000),
  };
}
