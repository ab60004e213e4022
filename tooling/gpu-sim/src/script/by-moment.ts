import { momentsFrom, type Moment } from '../timeline.ts';
import type { Topology } from '../topology.ts';

/** More are not rendered beforehand: each makes the script longer. */
const mostMoments = 8;

/**
 * Sh text that runs what belongs to the present moment of a host's timelines. `body` must end the
 * script. Without timelines it is just the body. After the last moment that is rendered `later` is
 * run, or the last body again.
 */
export const byMoment = (
  topology: Topology,
  body: (topology: Topology) => string,
  later?: string,
): string => {
  const all = momentsFrom(topology, Date.now());
  const moments = all.slice(0, mostMoments);
  const blocks = moments.map((moment, position) => {
    const last = position === moments.length - 1;
    const open = last && (later === undefined || moment.untilSeconds === null);
    return open ? body(moment.topology) : guarded(moment, body);
  });
  const truncated = all.length > moments.length && later !== undefined ? [later] : [];
  const clock = blocks.length > 1 || truncated.length > 0 ? ['now=$(date +%s)'] : [];
  return [...clock, ...blocks, ...truncated].join('\n');
};

const guarded = (
  { untilSeconds, topology }: Moment,
  body: (topology: Topology) => string,
): string => `if [ "$now" -lt ${untilSeconds ?? 0} ]; then\n${body(topology)}\nfi`;
