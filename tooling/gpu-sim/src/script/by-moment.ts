import { momentsFrom, type Moment } from '../timeline.ts';
import type { Topology } from '../topology.ts';

/** A statement of a script: the same at every moment, or made of the host as it is then. */
export type Statement = string | ((topology: Topology) => string);

/** More are not rendered beforehand: each makes the script longer. */
const mostMoments = 8;

/** Sets `moment` to the number of the present moment; after the rendered ones `later` is run. */
const clock = (moments: readonly Moment[], later: string | undefined): string => {
  const until = moments.flatMap(({ untilSeconds }, index) =>
    untilSeconds === null ? [] : [{ untilSeconds, next: index + 1 }],
  );
  const steps = until.map(({ untilSeconds, next }) => {
    if (next < moments.length) return `[ "$now" -ge ${untilSeconds} ] && moment=${next}`;
    return later === undefined ? '' : `[ "$now" -ge ${untilSeconds} ] && ${later}`;
  });
  return ['now=$(date +%s)', 'moment=0', ...steps].filter((line) => line !== '').join('\n');
};

const atEachMoment = (
  moments: readonly Moment[],
  statement: Exclude<Statement, string>,
): string[] => {
  const texts = moments.map(({ topology }) => statement(topology));
  if (texts.every((text) => text === texts[0])) return texts.slice(0, 1);
  return texts.map((text, index) => `case $moment in ${index})\n${text}\n;; esac`);
};

/**
 * Sh text of statements, of which those that differ between the moments of a host's timelines are
 * run only at theirs. Each statement is a command of its own, so that the shell reads no further
 * than to the one that ends the script. `later` is for the time after the moments that are rendered;
 * without it the last one goes on.
 */
export const byMoment = (
  topology: Topology,
  statements: readonly Statement[],
  later?: string,
): string => {
  const moments = momentsFrom(topology, Date.now()).slice(0, mostMoments);
  const timed = moments.some(({ untilSeconds }) => untilSeconds !== null);
  return [
    ...(timed ? [clock(moments, later)] : []),
    ...statements.flatMap((statement) =>
      typeof statement === 'string' ? [statement] : atEachMoment(moments, statement),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n');
};
