import type { RouteOutput } from '@ds01/contracts';
import type { ExplainOutput, Overview } from '@ds01/contracts/lifecycle';

/** What the dashboard shows at a time. */
export const viewNames = ['overview', 'containers', 'users', 'alerts', 'events', 'queue'] as const;
/** What the dashboard shows at a time. */
export type View = (typeof viewNames)[number];

/** By what containers are sorted. */
export const sortNames = ['name', 'cpu', 'memory', 'gpu', 'stops'] as const;
/** By what containers are sorted. */
export type Sort = (typeof sortNames)[number];

/** The queue as administrators see it. */
export type AdminQueue = RouteOutput<'admin.queue'>;

/** The dashboard at one moment; everything that is drawn follows from it. */
export interface State {
  readonly view: View;
  /** `null` before the first answer. */
  readonly overview: Overview | null;
  /** Who waits for GPUs; `null` where that can't be told. */
  readonly queue: AdminQueue | null;
  /** Why the last call failed, and since when calls fail; `null` when the last one was answered. */
  readonly failure: { readonly message: string; readonly sinceMs: number } | null;
  /** Row that the cursor is on, or the first one shown where nothing can be chosen. */
  readonly cursor: number;
  /** Docker name of the chosen container, which the cursor follows; `null` without. */
  readonly selected: string | null;
  readonly sort: Sort;
  readonly filter: string;
  /** The filter is being typed. */
  readonly isTyping: boolean;
  readonly isHelp: boolean;
  /** A container that is looked at closely. */
  readonly details: Details | null;
}

/** A container that is looked at closely. */
export interface Details {
  readonly dockerName: string;
  /** `null` until it is known. */
  readonly explanation: ExplainOutput | null;
  /** Why it can't be known; `null` otherwise. */
  readonly problem: string | null;
}

/** The dashboard as it begins. */
export function initialState(view: View): State {
  return {
    view,
    overview: null,
    queue: null,
    failure: null,
    cursor: 0,
    selected: null,
    sort: 'name',
    filter: '',
    isTyping: false,
    isHelp: false,
    details: null,
  };
}

type Container = Overview['containers'][number];

const by = (value: (container: Container) => number) => (one: Container, other: Container) =>
  value(other) - value(one);
const orders: Readonly<Record<Sort, (one: Container, other: Container) => number>> = {
  name: () => 0,
  cpu: by(({ cpuPercent }) => cpuPercent ?? -1),
  memory: by(({ memoryBytes }) => memoryBytes ?? -1),
  gpu: by(({ gpuEquivalents }) => gpuEquivalents),
  stops: by(({ stopsAt }) => (stopsAt === null ? -Infinity : -Date.parse(stopsAt))),
};

/** The containers that fit the filter, in order: those of one rank by Docker's name. */
export function visibleContainers(
  state: Pick<State, 'overview' | 'filter' | 'sort'>,
): readonly Container[] {
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const containers = state.overview?.containers ?? [];
  const fits = (container: Container): boolean => {
    const { user, dockerName, image, state: now, slots } = container;
    const text = [user ?? '', dockerName, image, now, ...slots].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const shown = words.length === 0 ? containers : containers.filter(fits);
  return shown.toSorted(orders[state.sort]);
}

/** Row of the cursor among containers: that of the chosen one while it is there. */
export function containerCursor(state: State, containers: readonly Container[]): number {
  const at = containers.findIndex(({ dockerName }) => dockerName === state.selected);
  return at === -1 ? Math.max(0, Math.min(state.cursor, containers.length - 1)) : at;
}
