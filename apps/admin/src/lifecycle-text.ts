import { columns, localTime, type Screen } from '@ds01/command-line';
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
