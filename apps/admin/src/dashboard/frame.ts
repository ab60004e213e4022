import { cutText, type Screen } from '@ds01/command-line';
import type { Overview } from '@ds01/contracts/lifecycle';
import { formatDuration } from '@ds01/contracts/core';
import type { Body } from './body.ts';
import { detailsBody } from './details.ts';
import { line, paintLine, span, type Line, type Span } from './line.ts';
import { viewNames, type State } from './state.ts';
import { views } from './views.ts';
import { amount, shortBytes, timeOfDay } from './words.ts';

/** Size of a terminal. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** Lines above and below what a view shows: two of them, an empty one, and the one at the bottom. */
const frameRows = 4;
const least: Size = { rows: 8, columns: 40 };

/** How many rows of a view can be seen. */
export function pageOf({ rows }: Size): number {
  return Math.max(1, rows - frameRows - 1);
}

/** The whole terminal, a line each, none wider than it is; there are at most as many as it has. */
export function frame(
  state: State,
  { size, screen, nowMs }: { readonly size: Size; readonly screen: Screen; readonly nowMs: number },
): readonly string[] {
  const { rows, columns } = size;
  if (rows < least.rows || columns < least.columns) {
    const need = `the terminal is too small: ${String(least.columns)} x ${String(least.rows)} is the least`;
    return [cutText(need, columns)];
  }
  const body = bodyOf(state, columns);
  const shown = windowOf(body, state.cursor, rows - frameRows);
  const lines = [...headerOf(state, nowMs), [], ...shown];
  while (lines.length < rows - 1) lines.push([]);
  return [...lines, bottomOf(state, nowMs)].map((one) => paintLine(one, columns, screen));
}

/** Everything of a view below its header, as long as it is; for what isn't a terminal. */
export function wholeFrame(
  state: State,
  { columns, screen, nowMs }: { columns: number; screen: Screen; nowMs: number },
): string {
  const { heading, rows } = bodyOf(state, columns);
  return [...headerOf(state, nowMs).slice(0, 1), [], ...heading, ...rows]
    .map((one) => paintLine(one, columns, screen).trimEnd())
    .join('\n');
}

function bodyOf(state: State, width: number): Body {
  const { overview, details } = state;
  if (state.isHelp) return { heading: [], rows: helpLines, cursor: null };
  if (overview === null) {
    return { heading: [], rows: [line('…', 'dim')], cursor: null };
  }
  return details === null
    ? views[state.view](state, overview, width)
    : detailsBody(details, overview, width);
}

/** As many rows as fit, those around the cursor. */
function windowOf({ heading, rows, cursor }: Body, position: number, height: number) {
  const room = Math.max(1, height - heading.length);
  const last = Math.max(0, rows.length - room);
  const wanted = cursor === null ? position : cursor - Math.floor(room / 2);
  const top = Math.min(last, Math.max(0, wanted));
  return [...heading, ...rows.slice(top, top + room)];
}

/** Rows a view has beyond those that are seen; the position can't go further. */
export function lastPosition(state: State, size: Size): number {
  const { heading, rows, cursor } = bodyOf(state, size.columns);
  if (cursor !== null) return Infinity;
  return Math.max(0, rows.length - Math.max(1, size.rows - frameRows - heading.length));
}

function headerOf(state: State, nowMs: number): readonly Line[] {
  const { overview } = state;
  return [overview === null ? [span('DS01', 'bold')] : summaryOf(overview, nowMs), tabsOf(state)];
}

function summaryOf(
  { site, at, gpus, system, highDemand, pausedUntil }: Overview,
  nowMs: number,
): Line {
  const { leased, gpuEquivalents } = gpus.totals;
  const { load1, cpus, memoryBytes, memoryUsedBytes } = system;
  const flag = (text: string): readonly Span[] => [span('  '), span(text, 'yellow')];
  const lateMs = nowMs - Date.parse(at);
  return [
    span(site, 'bold'),
    span(`  ${timeOfDay(at)}`),
    ...(lateMs > 5000 ? flag(`${formatDuration(lateMs)} old`) : []),
    span(`  GPUs ${amount(leased)}/${amount(gpuEquivalents)}`),
    span(`  load ${load1.toFixed(1)}/${String(cpus)}`),
    span(`  mem ${shortBytes(memoryUsedBytes)}/${shortBytes(memoryBytes)}`),
    ...(highDemand ? flag('high demand') : []),
    ...(pausedUntil === null ? [] : flag(`rules paused until ${timeOfDay(pausedUntil)}`)),
  ];
}

function tabsOf({ view, overview, queue }: State): Line {
  const alerts = overview?.alerts.filter(({ severity }) => severity !== 'info').length ?? 0;
  const waiting = queue?.entries.length ?? 0;
  return viewNames.flatMap((name, index): readonly Span[] => {
    const number = name === 'alerts' ? alerts : name === 'queue' ? waiting : 0;
    const text = `${String(index + 1)} ${name}${number > 0 ? ` (${String(number)})` : ''}`;
    const isWarning = number > 0 && name !== view;
    return [
      span(index === 0 ? '' : '   '),
      name === view ? span(`[${text}]`, 'bold') : span(text, isWarning ? 'yellow' : 'dim'),
    ];
  });
}

function bottomOf(state: State, nowMs: number): Line {
  if (state.failure !== null) {
    const { message, sinceMs } = state.failure;
    const since = nowMs - sinceMs < 2000 ? '' : ` (${formatDuration(nowMs - sinceMs)})`;
    return [span(`reconnecting${since}: `, 'red'), span(message)];
  }
  if (state.isTyping) return [span('filter: ', 'bold'), span(`${state.filter}_`)];
  if (state.isHelp) return line('any key goes back', 'dim');
  if (state.details !== null) return line('up/down scroll   esc back   q back', 'dim');
  if (state.view !== 'containers')
    return line('1-6 views   up/down scroll   ? help   q quit', 'dim');
  const filter = state.filter === '' ? '' : `   filter: ${state.filter} (esc clears)`;
  return line(`enter details   / filter   s sort: ${state.sort}   ? help   q quit${filter}`, 'dim');
}

const helpLines: readonly Line[] = [
  line('Keys', 'bold'),
  ...[
    ['1 … 6, tab, left, right', 'another view'],
    ['up, down, j, k', 'move'],
    ['page up, page down, blank', 'move by a page'],
    ['home, end, g, G', 'to the first, to the last'],
    ['enter', 'a container, and what the rules will do with it'],
    ['esc', 'back; takes the filter away'],
    ['/', 'only containers of a user, name, image, state, GPU'],
    ['s', 'sort containers by name, CPU, memory, GPU, next stop'],
    ['ctrl-z, ctrl-l', 'to the shell for a while, draw anew'],
    ['q, ctrl-c', 'quit'],
  ].map(([keys = '', what = '']): Line => [span(keys.padEnd(28), 'cyan'), span(what)]),
  [],
  line('GPU is a slot: "0" is a whole GPU, "0:1" a part of it. IDLE is the time since', 'dim'),
  line('anything went on inside, STOPS the time until a rule stops it, gives its GPU', 'dim'),
  line('back, or removes it.', 'dim'),
];
