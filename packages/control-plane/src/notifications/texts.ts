import { formatDuration } from '@ds01/contracts';
import type { LifecycleAction, Moment } from '@ds01/lifecycle';
import type { Notice } from './notice.ts';
import { utcTime } from './render.ts';
import { dayMs, noticeAbout, type NoticeSubject } from './subject.ts';

/** What the notices of the rules say beside the action. */
export interface LifecycleFacts extends NoticeSubject {
  /** Wall clock of a moment of the rules' clock. */
  readonly wallOf: (moment: Moment) => number;
  readonly idleTimeoutMs: number | null;
  readonly maxRuntimeMs: number | null;
  readonly gpuHoldMs: number | null;
  readonly containerHoldMs: number | null;
  /** Longest that the idle stop may be postponed; `null` is any. */
  readonly keepAliveMaxMs: number | null;
  /** Image that it was made of, if DS01 can make it again; `null` otherwise. */
  readonly image: string | null;
  /** Image that the changes of a removed container are kept in, and for how long; `null` without. */
  readonly kept: { readonly image: string; readonly forMs: number } | null;
}

type Action<Kind extends LifecycleAction['kind']> = Extract<LifecycleAction, { kind: Kind }>;

/** The notice of an action of the rules; `null` for one that nobody has to be told. */
export function lifecycleNotice(action: LifecycleAction, facts: LifecycleFacts): Notice | null {
  switch (action.kind) {
    case 'warn':
      return warning(action, facts);
    case 'notice':
      return exemption(action, facts);
    case 'stop':
      return stopped(action, facts);
    case 'release-gpu':
      return released(facts);
    case 'remove':
      return removed(action, facts);
    case 'resumed':
      return null;
  }
}

function warning(action: Action<'warn'>, facts: LifecycleFacts): Notice {
  const { name, nowMs } = facts;
  const stopsAtMs = facts.wallOf(action.stopsAtMs);
  const left = formatDuration(Math.max(0, stopsAtMs - nowMs));
  const last = action.step === 2 ? 'last warning: ' : '';
  const why =
    action.rule === 'idle'
      ? [
          `It looks idle: GPU, CPU and network rest, and nobody types.`,
          ...limitLine('Idle containers are stopped after', facts.idleTimeoutMs),
          ...(action.highDemand ? ['The server is in high demand: that time is shorter now.'] : []),
        ]
      : action.promised !== undefined
        ? [promisedLines[action.promised]]
        : limitLine('It nears its maximum runtime of', facts.maxRuntimeMs);
  return noticeAbout(facts, 'warning', {
    title: `${last}${name} will be stopped in ${left}`,
    lines: [
      `Container ${name} will be stopped at ${utcTime(stopsAtMs)}.`,
      ...why,
      '',
      'Processes and what they have in memory will be lost. Save your work:',
      'what is in /workspace stays.',
      ...waysOn(action, facts),
    ],
    staleAtMs: stopsAtMs,
  });
}

/** Why a container ends for somebody else, whatever it may otherwise. */
const promisedLines = {
  request: 'It was let in before others because its GPU is back by then, for a request that waits.',
  reservation: 'Its GPU is reserved for somebody else from then on (ds01 gpu status).',
} as const;

function waysOn({ rule, promised }: Action<'warn'>, facts: LifecycleFacts): readonly string[] {
  if (rule === 'idle') return waysToKeep(facts);
  if (promised === undefined) return waysToExtend(facts);
  return ['', 'To see why:', `  ds01 container explain ${facts.name}`];
}

function waysToKeep({ name, managed, keepAliveMaxMs }: LifecycleFacts): readonly string[] {
  const longest = keepAliveMaxMs === null ? '' : ` (at most ${formatDuration(keepAliveMaxMs)})`;
  if (!managed) return ['', 'To keep it: use it, or ask your administrators.'];
  const span = hoursWithin(keepAliveMaxMs);
  return [
    '',
    `To keep it${longest}, use it, or type:`,
    `  ds01 container keep ${name} --for ${span}`,
    'or, inside of it:',
    '  touch /workspace/.keep-alive',
    'To see why:',
    `  ds01 container explain ${name}`,
    'To give its GPU back now:',
    `  ds01 container retire ${name}`,
  ];
}

function waysToExtend({ name, managed }: LifecycleFacts): readonly string[] {
  if (!managed) return ['', 'For more time ask your administrators.'];
  return [
    '',
    'To ask for more time:',
    `  ds01 container extend ${name} --by 4h`,
    'To see why:',
    `  ds01 container explain ${name}`,
  ];
}

function hoursWithin(longestMs: number | null): string {
  const usualMs = 6 * 3_600_000;
  if (longestMs === null || longestMs >= usualMs) return '6h';
  return `${Math.max(1, Math.floor(longestMs / 60_000))}m`;
}

function exemption(action: Action<'notice'>, facts: LifecycleFacts): Notice {
  const rule = action.rule === 'idle' ? 'for being idle' : 'for its runtime';
  return noticeAbout(facts, 'notice', {
    title: `${facts.name} would be stopped, but is exempt`,
    lines: [
      `Container ${facts.name} would be stopped soon ${rule}.`,
      `It won’t: ${action.exemption}`,
      'If you don’t need its GPU, give it back:',
      `  ds01 container retire ${facts.name}`,
    ],
    staleAtMs: facts.nowMs + dayMs,
  });
}

function stopped(action: Action<'stop'>, facts: LifecycleFacts): Notice {
  const { name, nowMs } = facts;
  const why =
    action.rule === 'idle'
      ? `It was idle since ${utcTime(facts.wallOf(action.idleSinceMs))}.`
      : action.promised !== undefined
        ? stoppedFor[action.promised]
        : `It reached its maximum runtime: it ran for ${formatDuration(action.ranForMs)}.`;
  return noticeAbout(facts, 'stopped', {
    title: `${name} is being stopped: ${shortReason(action)}`,
    lines: [
      `Container ${name} is being stopped (${utcTime(nowMs)}).`,
      why,
      ...whatStays(facts),
      ...(action.rule === 'idle' || action.promised !== undefined ? [] : moreRuntime(facts)),
    ],
    staleAtMs: nowMs + 7 * dayMs,
  });
}

function shortReason({ rule, promised }: Action<'stop'>): string {
  if (rule === 'idle') return 'idle';
  if (promised === undefined) return 'maximum runtime';
  return promised === 'request' ? 'its GPU is for who waits' : 'its GPU is reserved';
}

const stoppedFor = {
  request:
    'Its GPU is for a request that waits: it was let in before others for being back by now.',
  reservation: 'Its GPU is reserved for somebody else from now on.',
} as const;

/** What a stop takes, what it leaves and for how long, and how to go on. */
function whatStays({
  name,
  managed,
  gpuHoldMs,
  containerHoldMs,
}: Pick<LifecycleFacts, 'name' | 'managed' | 'gpuHoldMs' | 'containerHoldMs'>): readonly string[] {
  const held = holdLine('Its GPU', gpuHoldMs, 'goes back to everybody at once');
  const kept = holdLine('The container itself', containerHoldMs, 'is removed soon');
  const lost = ['', 'Lost: its processes, and what they have in memory.'];
  if (!managed) return [...lost, 'Files stay where they are. Start it again with docker start.'];
  return [
    ...lost,
    'Kept: everything in /workspace.',
    `${held} ${kept}`,
    '',
    'To start it again:',
    `  ds01 container start ${name}`,
    'or, when its GPUs are somebody else’s by then, on others:',
    `  ds01 container start ${name} --recreate`,
  ];
}

function holdLine(what: string, holdMs: number | null, otherwise: string): string {
  if (holdMs === null) return `${what} stays yours until you retire the container.`;
  return holdMs === 0 ? `${what} ${otherwise}.` : `${what} stays for ${formatDuration(holdMs)}.`;
}

function moreRuntime({ name, managed }: LifecycleFacts): readonly string[] {
  if (!managed) return [];
  return ['Before that, ask for more runtime:', `  ds01 container extend ${name} --by 4h`];
}

function released(facts: LifecycleFacts): Notice {
  const { name, nowMs, containerHoldMs } = facts;
  const kept = holdLine('The container itself', containerHoldMs, 'is removed soon');
  return noticeAbout(facts, 'notice', {
    title: `the GPU of ${name} went back to everybody`,
    lines: [
      `Container ${name} was stopped for as long as its GPU is kept.`,
      `Everything in /workspace stays. ${kept}`,
      'To start it again, with its GPUs where they are free, or on others:',
      `  ds01 container start ${name}`,
      `  ds01 container start ${name} --recreate`,
    ],
    staleAtMs: nowMs + dayMs,
  });
}

function removed(action: Action<'remove'>, facts: LifecycleFacts): Notice | null {
  // Whoever waits for a job is told about the job.
  if (action.rule === 'job') return null;
  const { name, nowMs, kept, image } = facts;
  const why =
    action.rule === 'never-started'
      ? `Container ${name} was made, but never started.`
      : `Container ${name} was stopped for as long as stopped ones are kept.`;
  const changes =
    kept === null
      ? [
          'Nothing outside of /workspace had been changed in it.',
          ...(image === null
            ? []
            : [
                'For a new one with the same files:',
                `  ds01 container deploy ${name} --image ${image}`,
              ]),
        ]
      : [
          `What was changed outside of /workspace is kept for ${formatDuration(kept.forMs)}:`,
          `  ds01 container deploy ${name} --image ${kept.image}`,
        ];
  return noticeAbout(facts, 'notice', {
    title: `${name} was removed`,
    lines: [why, 'Everything in /workspace stays.', ...changes],
    staleAtMs: nowMs + 7 * dayMs,
  });
}

function limitLine(sentence: string, limitMs: number | null): readonly string[] {
  return limitMs === null ? [] : [`${sentence} ${formatDuration(limitMs)}.`];
}
