import type { ContainerState } from '@ds01/contracts';
import type { LifecycleRule } from '@ds01/contracts/lifecycle';

/** What people and rules do to a container. */
export const containerVerbs = [
  'start',
  'attach',
  'exec',
  'pause',
  'unpause',
  'stop',
  'restart',
  'rename',
  'remove',
  'retire',
] as const;
/** What people and rules do to a container. */
export type ContainerVerb = (typeof containerVerbs)[number];

/** What happens to a container without anybody asking: its main process ended, or somebody took it away. */
export const containerOccurrences = ['ended', 'vanished'] as const;
/** What happens to a container without anybody asking. */
export type ContainerOccurrence = (typeof containerOccurrences)[number];

type Transitions = Readonly<
  Record<
    ContainerState,
    Readonly<Partial<Record<ContainerVerb | ContainerOccurrence, ContainerState>>>
  >
>;

/**
 * State -> what is done or happens -> state afterwards. What isn't listed is refused and changes
 * nothing. A verb whose state is reached already succeeds without doing anything. Starting a paused
 * container unpauses it; whoever attaches to one that is paused or stopped starts it first; `retire` is
 * stop, remove and release at once.
 */
export const containerTransitions: Transitions = {
  created: {
    start: 'running',
    attach: 'running',
    stop: 'created',
    restart: 'running',
    rename: 'created',
    remove: 'removed',
    retire: 'removed',
    vanished: 'removed',
  },
  running: {
    start: 'running',
    attach: 'running',
    exec: 'running',
    pause: 'paused',
    unpause: 'running',
    stop: 'stopped',
    restart: 'running',
    rename: 'running',
    retire: 'removed',
    ended: 'stopped',
    vanished: 'removed',
  },
  paused: {
    start: 'running',
    attach: 'running',
    pause: 'paused',
    unpause: 'running',
    stop: 'stopped',
    restart: 'running',
    rename: 'paused',
    retire: 'removed',
    ended: 'stopped',
    vanished: 'removed',
  },
  stopped: {
    start: 'running',
    attach: 'running',
    stop: 'stopped',
    restart: 'running',
    rename: 'stopped',
    remove: 'removed',
    retire: 'removed',
    vanished: 'removed',
  },
  removed: {},
};

/** The state after a verb or an occurrence; `null` when it can't be from there. */
export function stateAfter(
  state: ContainerState,
  what: ContainerVerb | ContainerOccurrence,
): ContainerState | null {
  return containerTransitions[state][what] ?? null;
}

/** The verbs that a state allows, in the order of the reference. */
export function verbsAllowedIn(state: ContainerState): readonly ContainerVerb[] {
  return containerVerbs.filter((verb) => stateAfter(state, verb) !== null);
}

/**
 * The rules that end a state by themselves. `removed` is the end. Each acts only on containers that it
 * concerns; of any other `exemptionOf` says why it may stay.
 */
export const rulesOfState: Readonly<Record<ContainerState, readonly LifecycleRule[]>> = {
  created: ['never-started'],
  running: ['idle', 'max-runtime'],
  // The runtime rule acts there only for the sake of somebody to whom the GPU was promised.
  paused: ['idle', 'max-runtime'],
  stopped: ['gpu-hold', 'container-hold'],
  removed: [],
};
