import { columns, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { initialState, sortNames, visibleContainers, type Sort } from '../dashboard/state.ts';
import { operandOf, percent, shortBytes } from '../dashboard/words.ts';

/** `ds01-admin top`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const sort = sortOf(textFlag(flags, 'sort') ?? 'cpu');
  const limit = countOf(textFlag(flags, 'limit') ?? '20');
  const overview = await runtime.api.call('admin.overview', {}, { signal });
  const containers = visibleContainers({ ...initialState('containers'), overview, sort })
    .filter(({ state }) => state === 'running' || state === 'paused')
    .slice(0, limit);
  output.result({ at: overview.at, containers }, (screen) =>
    containers.length === 0
      ? 'nothing runs'
      : columns(
          [
            ['CONTAINER', 'STATE', 'GPU', 'CPU %', 'MEMORY', 'OF', 'IMAGE'],
            ...containers.map((container) => [
              operandOf(container),
              container.state,
              container.slots.length === 0 ? '-' : container.slots.join(','),
              percent(container.cpuPercent),
              shortBytes(container.memoryBytes),
              shortBytes(container.memoryLimitBytes),
              container.image,
            ]),
          ],
          screen,
        ),
  );
  return 0;
}

function sortOf(given: string): Sort {
  const sort = sortNames.find((name) => name === given);
  if (sort !== undefined) return sort;
  throw ds01Error('usage.invalid', {
    message: `Containers are sorted by ${sortNames.join(', ')}, not by ${JSON.stringify(given)}.`,
    hint: 'ds01-admin top --sort memory',
  });
}

function countOf(given: string): number {
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw ds01Error('usage.invalid', {
    message: `--limit ${JSON.stringify(given)} is no number of containers.`,
    hint: 'ds01-admin top --limit 50',
  });
}
