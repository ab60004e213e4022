import { once } from 'node:events';
import type { RouteInput, RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { EventView } from '@ds01/contracts/lifecycle';
import { switchFlag, textFlag, type FlagValues } from '../flags.ts';
import type { Output } from '../output.ts';
import { eventLine, eventsTable, summaryText, type EventsLook } from './events-text.ts';
import { exportFlagOf, writeThrough, type OpenExport } from './export-events.ts';
import { followedEvents, type OpenFollow } from './followed-events.ts';
import { readTime } from './read-time.ts';

/** The operations on events, whoever answers them. */
export interface EventsApi {
  list(input: RouteInput<'events.list'>): Promise<RouteOutput<'events.list'>>;
  summary(input: RouteInput<'events.summary'>): Promise<RouteOutput<'events.summary'>>;
  readonly follow: OpenFollow;
  readonly export: OpenExport;
}

/** What `events` is run with. */
export interface EventsRequest extends EventsLook {
  readonly api: EventsApi;
  readonly flags: FlagValues;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Whose events. */
  readonly whose: Pick<RouteInput<'events.list'>, 'own' | 'user'>;
  /** What people type: `ds01 events`. */
  readonly command: string;
}

const defaultLimit = { listed: 50, followed: 10 } as const;
const greatestLimit = 10_000;

/**
 * `events` of both programs: a list, a summary, all as lines of JSON, or what comes until Ctrl-C; gives
 * the exit code.
 */
export async function showEvents(request: EventsRequest): Promise<number> {
  const { api, flags, output, showsUsers } = request;
  const filter = filterOf(request);
  refuseContradictions(request);
  const isExport = exportFlagOf(flags, request.command) !== null;
  if (switchFlag(flags, 'summary')) {
    const summary = await api.summary(filter);
    if (summary.total === 0) await checkType(request);
    output.result(summary, (screen) => summaryText(summary, { showsUsers }, screen));
    return 0;
  }
  if (switchFlag(flags, 'follow')) return follow(request, filter);
  if (isExport) {
    await checkType(request);
    await writeThrough(await api.export(filter), process.stdout, request.signal);
    return 0;
  }
  const limit = limitOf(request, defaultLimit.listed);
  const { events, olderThan } = await api.list({ ...filter, limit });
  const listed = { events, olderThan };
  if (listed.events.length === 0) await checkType(request);
  output.result(listed, (screen) => eventsTable(listed.events, { showsUsers }, screen));
  if (listed.olderThan !== null && textFlag(flags, 'limit') === null) {
    output.say(`only the last ${limit}; there are more: --limit ${limit * 10}`);
  }
  return 0;
}

async function follow(
  request: EventsRequest,
  filter: ReturnType<typeof filterOf>,
): Promise<number> {
  const { api, output, signal, showsUsers } = request;
  await checkType(request);
  const startMs = Date.now();
  const { events } = await api.list({ ...filter, limit: limitOf(request, defaultLimit.followed) });
  const show = async (event: EventView): Promise<void> => {
    const line = output.json
      ? JSON.stringify(event)
      : eventLine(event, { showsUsers }, output.screen);
    output.settle();
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain', { signal });
  };
  for (const event of events) await show(event);
  const afterId = events.at(-1)?.id ?? null;
  // Without anything to go on from, the time is: nothing falls between the list and the stream.
  const from = { ...filter, afterId, sinceMs: afterId === null ? startMs : null };
  const comes = followedEvents({ open: api.follow, from, signal, say: (line) => output.say(line) });
  for await (const event of comes) await show(event);
  // As a program that Ctrl-C ended; there is nothing to say about it.
  return 130;
}

function filterOf({ flags, whose, command }: EventsRequest) {
  const nowMs = Date.now();
  const hint = `${command} --since 2h`;
  const time = (flag: '--since' | '--until', given: string | null): number | null =>
    given === null ? null : readTime(given, { flag, nowMs, hint });
  return {
    ...whose,
    sinceMs: time('--since', textFlag(flags, 'since')),
    untilMs: time('--until', textFlag(flags, 'until')),
    type: textFlag(flags, 'type'),
    container: textFlag(flags, 'container'),
  };
}

function refuseContradictions({ flags, command }: EventsRequest): void {
  const without = (first: string, second: string): never => {
    throw ds01Error('usage.invalid', {
      message: `--${first} and --${second} don't go together.`,
      hint: `${command} --${first}`,
    });
  };
  if (!switchFlag(flags, 'follow')) return;
  if (switchFlag(flags, 'summary')) without('summary', 'follow');
  if (textFlag(flags, 'until') !== null) without('follow', 'until');
}

function limitOf({ flags, command }: EventsRequest, unlessGiven: number): number {
  const given = textFlag(flags, 'limit');
  if (given === null) return unlessGiven;
  const limit = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (limit >= 1 && limit <= greatestLimit) return limit;
  throw ds01Error('usage.invalid', {
    message: `--limit ${JSON.stringify(given)} is no number from 1 to ${greatestLimit}.`,
    hint: `${command} --limit 20`,
  });
}

/** Nothing found may be a type that there isn't. */
async function checkType({ flags, command }: EventsRequest): Promise<void> {
  const prefix = textFlag(flags, 'type');
  if (prefix === null) return;
  const { eventTypes } = await import('@ds01/contracts/lifecycle');
  if (eventTypes.some((type) => type.startsWith(prefix))) return;
  const areas = [...new Set(eventTypes.map((type) => type.split('.')[0] ?? ''))];
  throw ds01Error('usage.invalid', {
    message: `No type of event begins with ${JSON.stringify(prefix)}. They begin with ${areas.join(', ')}.`,
    hint: `${command} --type container`,
  });
}
