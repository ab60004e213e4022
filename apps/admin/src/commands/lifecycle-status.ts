import { columns, localTime } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';

/** `ds01-admin lifecycle status`: exit 4 while nothing is measured or looked at. */
export async function run({ output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('admin.lifecycle.status', {}, { signal });
  const { pausedUntil, highDemand, stalledSince, rules } = result;
  output.result(result, (screen) =>
    [
      stalledSince === null
        ? 'the rules look and measure'
        : screen.paint('red', `nothing was measured or looked at since ${localTime(stalledSince)}`),
      ...(pausedUntil === null ? [] : [`they are paused until ${localTime(pausedUntil)}`]),
      ...(highDemand ? ['the server is in high demand: idle timeouts are shorter'] : []),
      '',
      columns(
        [
          ['RULE', 'LAST LOOKED', 'INSPECTED', 'ACTED'],
          ...rules.map(({ rule, lastRanAt, inspected, acted }) => [
            rule,
            localTime(lastRanAt),
            String(inspected),
            String(acted),
          ]),
        ],
        screen,
      ),
    ].join('\n'),
  );
  return stalledSince === null ? 0 : 4;
}
