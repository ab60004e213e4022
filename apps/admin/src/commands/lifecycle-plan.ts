import { localTime, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { actionsTable } from '../lifecycle-text.ts';
import { readMoment } from '../read-moment.ts';

/** `ds01-admin lifecycle plan`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const at = textFlag(flags, 'at');
  const untilMs = at === null ? null : readMoment(at, { flag: '--at', nowMs: Date.now() });
  const result = await runtime.api.call('admin.lifecycle.plan', { untilMs }, { signal });
  output.result(result, (screen) => {
    const { until, pausedUntil, actions } = result;
    const nothing = `nothing would happen until ${localTime(until)}`;
    const table = actions.length === 0 ? nothing : actionsTable(actions, screen);
    return pausedUntil === null
      ? table
      : `the rules are paused until ${localTime(pausedUntil)}\n${table}`;
  });
  return 0;
}
