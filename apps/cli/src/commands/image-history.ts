import { plainText, table, type Cell, type Screen } from '@ds01/command-line';
import type { ImageVersion, RouteOutput } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { agoText } from '../images/ago.ts';
import { withImageName } from '../images/choose-image.ts';
import { isBuildTag } from '../images/image-text.ts';
import { imageWordOf } from '../images/image-words.ts';

/** `ds01 image history`. */
export async function run(given: CommandContext): Promise<number> {
  const { operands, output, runtime, signal } = await withImageName(given, 'history');
  const { name } = imageWordOf(operands[0] ?? '');
  const result = await runtime.api.call('images.history', { name }, { signal });
  output.result(result, (screen) => historyText(result, { screen, nowMs: Date.now() }));
  return 0;
}

/** The versions, newest first as they come; the current one stands out by a word. */
export function historyText(
  { name, versions }: RouteOutput<'images.history'>,
  { screen, nowMs }: { readonly screen: Screen; readonly nowMs: number },
): string {
  if (versions.length === 0) return `${name} has no versions`;
  const listed = table(
    {
      columns: [
        { heading: 'VERSION' },
        { heading: 'STATE' },
        { heading: 'AGE', drop: 1 },
        { heading: 'SIZE', drop: 2 },
        { heading: 'TAGS', atLeast: 12 },
        { heading: 'CONTAINERS', atLeast: 10, drop: 3 },
      ],
      rows: versions.map((version): readonly Cell[] => [
        version.build ?? '-',
        stateCell(version),
        agoText(version.createdAt, nowMs),
        version.sizeBytes === null ? '-' : formatBytes(version.sizeBytes),
        version.tags.filter((tag) => !isBuildTag(tag)).join(', '),
        version.containers.join(', '),
      ]),
    },
    screen,
  );
  const reasons = versions.flatMap(({ build, reason }) =>
    reason === null ? [] : [`${build ?? '-'}: ${plainText(reason)}`],
  );
  return [listed, ...reasons].join('\n');
}

function stateCell({ current, state, id }: ImageVersion): Cell {
  if (current) return { text: 'current', style: 'green' };
  if (state === 'succeeded') return id === null ? { text: 'deleted', style: 'dim' } : 'kept';
  return state === 'running'
    ? { text: 'building', style: 'yellow' }
    : { text: state, style: 'red' };
}
