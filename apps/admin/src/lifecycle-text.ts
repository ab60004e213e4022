import { columns, localTime, type Screen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import type { PlannedAction } from '@ds01/contracts/lifecycle';

/** What rules do, by time. */
export function actionsTable(actions: readonly PlannedAction[], screen: Screen): string {
  return columns(
    [
      ['AT', 'ACTION', 'RULE', 'USER', 'CONTAINER', 'WHAT'],
      ...actions.map(({ at, action, rule, user, dockerName, message }) => [
        localTime(at),
        action,
        rule,
        user ?? '-',
        dockerName,
        message,
      ]),
    ],
    screen,
  );
}

type Status = RouteOutput<'admin.lifecycle.status'>;

/** Whether the rules look and measure, and when each did last. */
export function statusText(
  status: Status,
  { hasDaemon, screen }: { readonly hasDaemon: boolean; readonly screen: Screen },
): string {
  const { pausedUntil, highDemand, rules } = status;
  return [
    stateText(status, { hasDaemon, screen }),
    ...(pausedUntil === null ? [] : [`they are paused until ${localTime(pausedUntil)}`]),
    ...(highDemand ? ['the server is in high demand: idle timeouts are shorter'] : []),
    ...(rules.length === 0
      ? []
      : [
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
        ]),
  ].join('\n');
}

function stateText(
  { stalledSince }: Status,
  { hasDaemon, screen }: { readonly hasDaemon: boolean; readonly screen: Screen },
): string {
  if (!hasDaemon) {
    return screen.paint(
      'red',
      'no daemon runs here: the rules look at nothing, and nothing is stopped',
    );
  }
  return stalledSince === null
    ? 'the rules look and measure'
    : screen.paint('red', `nothing was measured or looked at since ${localTime(stalledSince)}`);
}
