import { columns, type Screen } from '@ds01/command-line';
import type { ContainerOutput } from '@ds01/contracts';
import type { ActedOn } from '@ds01/contracts/lifecycle';

/** What became of one container, on one line: `alice/thesis stopped: its GPU is kept until 17:00`. */
export function actedText({ container, note }: ContainerOutput): string {
  const { managed, user, name, dockerName, state } = container;
  const what = managed && user !== null ? `${user}/${name}` : dockerName;
  return note === null ? `${what}: ${state}` : `${what}: ${state} (${note})`;
}

/** What became of several; those that failed last, so that they are seen. */
export function actedListText(containers: readonly ActedOn[], screen: Screen): string {
  if (containers.length === 0) return 'no containers';
  const ordered = containers.toSorted((one, other) => Number(other.done) - Number(one.done));
  return columns(
    [
      ['CONTAINER', 'USER', 'WHAT HAPPENED'],
      ...ordered.map(({ dockerName, user, message }) => [dockerName, user ?? '-', message]),
    ],
    screen,
  );
}
