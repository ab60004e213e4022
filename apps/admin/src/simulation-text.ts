import { columns, localTime, type Screen } from '@ds01/command-line';
import { formatDuration } from '@ds01/contracts/core';
import type { RouteOutput } from '@ds01/contracts';

type Simulation = RouteOutput<'admin.simulate'>;

/** How many people are shown; those whose waits differ most. */
const mostPeople = 20;

/** What both rules led to side by side, and whom it would have changed most. */
export function simulationText(
  simulation: Simulation,
  screen: Screen,
  hasProposal: boolean,
): string {
  const { since, until, notes, users } = simulation;
  const parts = [
    `from ${localTime(since)} to ${localTime(until)}`,
    summaryTable(simulation, screen, hasProposal),
    hasProposal ? usersTable(users, screen) : '',
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function summaryTable(
  { present, proposed }: Simulation,
  screen: Screen,
  hasProposal: boolean,
): string {
  const row = (
    name: string,
    valueOf: (summary: Simulation['present']) => string,
  ): readonly string[] => [name, valueOf(present), ...(hasProposal ? [valueOf(proposed)] : [])];
  return columns(
    [
      ['', 'NOW', ...(hasProposal ? ['PROPOSED'] : [])],
      row('requests', ({ requests }) => String(requests)),
      row('never started', ({ neverStarted }) => String(neverStarted)),
      row('mean wait', ({ meanWaitMs }) => formatDuration(Math.round(meanWaitMs))),
      row('median wait', ({ medianWaitMs }) => formatDuration(Math.round(medianWaitMs))),
      row('95 % waited less', ({ p95WaitMs }) => formatDuration(Math.round(p95WaitMs))),
      row('longest wait', ({ maxWaitMs }) => formatDuration(Math.round(maxWaitMs))),
      row('GPUs in use', ({ utilisation }) => `${(utilisation * 100).toFixed(1)} %`),
      row('fairness (1 is best)', ({ fairness }) => fairness.toFixed(3)),
    ],
    screen,
  );
}

function usersTable(users: Simulation['users'], screen: Screen): string {
  const change = ({ presentMeanWaitMs, proposedMeanWaitMs }: Simulation['users'][number]): number =>
    Math.abs(proposedMeanWaitMs - presentMeanWaitMs);
  const shown = users.toSorted((left, right) => change(right) - change(left)).slice(0, mostPeople);
  const left = users.length - shown.length;
  const table = columns(
    [
      ['USER', 'REQUESTS', 'MEAN WAIT NOW', 'PROPOSED'],
      ...shown.map(({ user, requests, presentMeanWaitMs, proposedMeanWaitMs }) => [
        user,
        String(requests),
        formatDuration(Math.round(presentMeanWaitMs)),
        formatDuration(Math.round(proposedMeanWaitMs)),
      ]),
    ],
    screen,
  );
  return left === 0 ? table : `${table}\nand ${left} more, with --json`;
}
