import type { Overview } from '@ds01/contracts/lifecycle';
import type { Style } from '@ds01/command-line';
import { queueRemarks } from '@ds01/command-line/queue';
import type { Body } from './body.ts';
import { gpuTree } from './gpu-tree.ts';
import { line, list, span, type Line, type ListCell, type ListColumn } from './line.ts';
import { containerCursor, visibleContainers, type State, type View } from './state.ts';
import { amount, distance, operandOf, percent, shortBytes, timeOfDay } from './words.ts';

type Render = (state: State, overview: Overview, width: number) => Body;

/** What each view shows. */
export const views: Readonly<Record<View, Render>> = {
  overview: (state, overview, width) => {
    const alerts = overview.alerts.map((alert) => alertLine(alert));
    const waiting = queueIn(state, width).slice(0, shownWaiting + 1);
    const parts = [
      gpuTree(overview),
      ...(waiting.length > 1 ? [waiting] : []),
      usersIn(overview, width),
    ];
    const rows = [...alerts, ...parts.flatMap((part, index) => gapBefore(part, alerts, index))];
    return { heading: [], rows, cursor: null };
  },
  containers: (state, overview, width) => {
    const containers = visibleContainers(state);
    const cursor = containerCursor(state, containers);
    const { heading, rows } = list(
      containerColumns.map((column) =>
        column.sort === state.sort ? { ...column, heading: `${column.heading}*` } : column,
      ),
      containers.map((container, index) => containerCells(container, overview, index === cursor)),
      width,
    );
    const nothing = state.filter === '' ? 'no containers' : `nothing fits "${state.filter}"`;
    return { heading: [heading], rows: rows.length === 0 ? [line(nothing)] : rows, cursor };
  },
  users: (_, overview, width) => {
    const [heading = [], ...rows] = usersIn(overview, width);
    return { heading: [heading], rows, cursor: null };
  },
  alerts: (_, { alerts }) => {
    const rows = alerts.flatMap((alert): Line[] => [
      alertLine(alert),
      ...(alert.hint === null ? [] : [line(`        ${alert.hint}`, 'dim')]),
    ]);
    return {
      heading: [],
      rows: rows.length === 0 ? [line('all is well', 'green')] : rows,
      cursor: null,
    };
  },
  events: (_, { events }, width) => {
    const { heading, rows } = list(
      eventColumns,
      events.map(({ at, user, container, message }) => [
        timeOfDay(at),
        user ?? '-',
        container ?? '-',
        message,
      ]),
      width,
    );
    return { heading: [heading], rows, cursor: null };
  },
  queue: (state, _, width) => {
    if (state.queue === null) return { heading: [], rows: [line('no queue here')], cursor: null };
    const remarks = queueRemarks(state.queue).map((text) => line(text, 'yellow'));
    const [heading = [], ...rows] = queueIn(state, width);
    const shown = rows.length === 0 ? [line('nobody waits for a GPU')] : rows;
    return { heading: [...remarks, heading], rows: shown, cursor: null };
  },
};

/** An empty line between what is shown below each other. */
function gapBefore(part: readonly Line[], alerts: readonly Line[], index: number): readonly Line[] {
  return index === 0 && alerts.length === 0 ? part : [[], ...part];
}

const containerColumns: readonly (ListColumn & { readonly sort?: State['sort'] })[] = [
  { heading: ' CONTAINER', width: null, sort: 'name' },
  { heading: 'STATE', width: 7 },
  { heading: 'GPU', width: 9, sort: 'gpu' },
  { heading: 'CPU%', width: 6, align: 'right', sort: 'cpu' },
  { heading: 'MEM', width: 6, align: 'right', sort: 'memory' },
  { heading: 'IDLE', width: 5, align: 'right', drop: 1 },
  { heading: 'STOPS', width: 6, align: 'right', sort: 'stops' },
  { heading: 'IMAGE', width: 16, drop: 2 },
];

function containerCells(
  container: Overview['containers'][number],
  overview: Overview,
  isChosen: boolean,
): readonly ListCell[] {
  const nowMs = Date.parse(overview.at);
  const { state, slots, cpuPercent, memoryBytes, memoryLimitBytes, stopsAt } = container;
  const runs = state === 'running';
  const full = memoryLimitBytes !== null && (memoryBytes ?? 0) > 0.9 * memoryLimitBytes;
  const soon = runs && stopsAt !== null && Date.parse(stopsAt) - nowMs < 30 * 60_000;
  return [
    span(`${isChosen ? '>' : ' '}${operandOf(container)}`, isChosen ? 'bold' : 'cyan'),
    span(state, runs ? 'green' : 'dim'),
    slots.length === 0 ? '-' : slots.join(','),
    percent(cpuPercent),
    full ? span(shortBytes(memoryBytes), 'red') : shortBytes(memoryBytes),
    runs ? distance(container.lastActiveAt, nowMs) : '-',
    soon ? span(distance(stopsAt, nowMs), 'yellow') : distance(stopsAt, nowMs),
    span(container.image, 'dim'),
  ];
}

const userColumns: readonly ListColumn[] = [
  { heading: 'USER', width: null },
  { heading: 'GROUP', width: 12, drop: 1 },
  { heading: 'RUNS', width: 4, align: 'right' },
  { heading: 'OF', width: 3, align: 'right', drop: 2 },
  { heading: 'GPUS', width: 12 },
  { heading: 'CPU%', width: 6, align: 'right' },
  { heading: 'MEM', width: 6, align: 'right' },
];

/** Heading, and everybody who has something. */
function usersIn({ users }: Overview, width: number): readonly Line[] {
  const { heading, rows } = list(
    userColumns,
    users.map((user) => {
      const { gpuEquivalents, maxGpuEquivalents: most } = user;
      const isFull = most !== null && gpuEquivalents >= most && gpuEquivalents > 0;
      const gpus = `${amount(gpuEquivalents)} of ${most === null ? 'any' : amount(most)}`;
      return [
        user.user ?? '(nobody known)',
        user.group ?? '-',
        String(user.running),
        String(user.containers),
        isFull ? span(gpus, 'yellow') : gpus,
        percent(user.cpuPercent),
        shortBytes(user.memoryBytes),
      ];
    }),
    width,
  );
  return [heading, ...rows];
}

/** Rows of the queue beside everything else. */
const shownWaiting = 5;

const queueColumns: readonly ListColumn[] = [
  { heading: '#', width: 3, align: 'right' },
  { heading: 'WAITS', width: 18 },
  { heading: 'FOR', width: 14 },
  { heading: 'PRIORITY', width: 8, drop: 2 },
  { heading: 'SINCE', width: 5, align: 'right' },
  { heading: 'TURN', width: 5, align: 'right' },
  { heading: 'WHY', width: null, drop: 1 },
];

/** Heading, and who waits in the order of their turns. */
function queueIn({ queue, overview }: State, width: number): readonly Line[] {
  const nowMs = Date.parse(overview?.at ?? '');
  const { heading, rows } = list(
    queueColumns,
    (queue?.entries ?? []).map((entry) => [
      entry.position === null ? '-' : String(entry.position),
      `${entry.user ?? '-'}/${entry.container ?? '-'}`,
      entry.asksFor,
      entry.priority === 'normal' ? '-' : span(entry.priority, 'yellow'),
      distance(entry.queuedAt, nowMs),
      entry.state === 'granted' ? span('now', 'green') : distance(entry.estimatedStartAt, nowMs),
      entry.reason.message,
    ]),
    width,
  );
  return [heading, ...rows];
}

const eventColumns: readonly ListColumn[] = [
  { heading: 'AT', width: 8 },
  { heading: 'USER', width: 10, drop: 1 },
  { heading: 'CONTAINER', width: 20, drop: 2 },
  { heading: 'WHAT', width: null },
];

const alertStyles = { error: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Record<
  Overview['alerts'][number]['severity'],
  Style
>;

function alertLine({ severity, message }: Overview['alerts'][number]): Line {
  return [span(severity.padEnd(8), alertStyles[severity]), span(message)];
}
