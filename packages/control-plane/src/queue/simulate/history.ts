import { gpuEquivalentsOfLease, type Lease } from '@ds01/contracts';
import { priorityClassSchema, type PriorityClass } from '@ds01/contracts/service';
import type { EventRecord } from '@ds01/ports';

/** Slots that somebody had, as the events tell it. Times are Unix milliseconds. */
export interface PastUse {
  /** `null` is nobody known. */
  readonly user: string | null;
  readonly slots: number;
  readonly gpuEquivalents: number;
  readonly priority: PriorityClass;
  /** When they were asked for: before `startedAtMs` by the wait, if it was for a turn. */
  readonly submittedAtMs: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** They had the slots before the time that is looked at. */
  readonly earlier: boolean;
  /** They have them still. */
  readonly goesOn: boolean;
}

/** What the events tell. */
export interface PastUses {
  /** By the time they were asked for. */
  readonly uses: readonly PastUse[];
  /** Requests that waited and got nothing. */
  readonly unserved: number;
}

/** The time that is looked at. */
export interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Turn {
  readonly priority: PriorityClass;
  readonly grantedAtMs: number;
  readonly waitedMs: number;
}

type Open = Omit<PastUse, 'endedAtMs' | 'goesOn'>;

/**
 * Who asked for which slots when, and how long they kept them, from the events of a span in their
 * order and the leases at its end. Slots tell which events belong together: nobody else can have
 * them in between. What is given back or still leased without having been leased within the span was
 * leased before.
 */
export function pastUses(
  events: readonly EventRecord[],
  leases: readonly Lease[],
  span: Span,
): PastUses {
  const found = emptyFindings(span);
  for (const record of events) readEvent(found, record);
  for (const lease of leases) {
    const uuids = lease.slots.map(({ uuid }) => uuid);
    if (found.open.has(keyOf(uuids))) continue;
    const gpuEquivalents = gpuEquivalentsOfLease(lease);
    const had = { user: lease.user, uuids, gpuEquivalents };
    addEarlier(found, had, { endedAtMs: span.untilMs, goesOn: true });
  }
  const going = [...found.open.values()];
  const uses = [
    ...found.uses,
    ...going.map((use) => ({ ...use, endedAtMs: span.untilMs, goesOn: true })),
  ].toSorted((left, right) => left.submittedAtMs - right.submittedAtMs);
  return { uses, unserved: found.unserved };
}

interface Findings {
  readonly span: Span;
  /** By slots. */
  readonly open: Map<string, Open>;
  /** Grants of the queue that were not used yet, by container. */
  readonly turns: Map<string, Turn>;
  /** Slots that were leased or given back within the span. */
  readonly seen: Set<string>;
  readonly uses: PastUse[];
  unserved: number;
}

function emptyFindings(span: Span): Findings {
  return { span, open: new Map(), turns: new Map(), seen: new Set(), uses: [], unserved: 0 };
}

function readEvent(found: Findings, record: EventRecord): void {
  const { event, atMs } = record;
  switch (event.type) {
    case 'queue.granted': {
      const priority = priorityClassSchema.safeParse(event.details.priority).data ?? 'normal';
      const { waitedMs } = event.details;
      found.turns.set(placeOf(record), { priority, grantedAtMs: atMs, waitedMs });
      return;
    }
    case 'queue.left':
    case 'queue.expired':
    case 'queue.timed-out':
    case 'queue.refused':
      found.turns.delete(placeOf(record));
      found.unserved += 1;
      return;
    case 'gpu.lease-granted':
      begin(found, record, event.details);
      return;
    case 'gpu.lease-released':
    case 'lifecycle.hold-ended': {
      const { uuids, gpuEquivalents } = event.details;
      if (end(found, uuids, atMs)) return;
      const isNews = !uuids.some((uuid) => found.seen.has(uuid));
      const had = { user: event.user, uuids, gpuEquivalents };
      if (isNews) addEarlier(found, had, { endedAtMs: atMs, goesOn: false });
      return;
    }
    default:
  }
}

function begin(
  found: Findings,
  record: EventRecord,
  details: { readonly uuids: readonly string[]; readonly gpuEquivalents: number },
): void {
  const { uuids, gpuEquivalents } = details;
  const { event, atMs } = record;
  // Its end was missed.
  end(found, uuids, atMs);
  const turn = found.turns.get(placeOf(record));
  found.turns.delete(placeOf(record));
  const startedAtMs = turn?.grantedAtMs ?? atMs;
  for (const uuid of uuids) found.seen.add(uuid);
  found.open.set(keyOf(uuids), {
    user: event.user,
    slots: uuids.length,
    gpuEquivalents,
    priority: turn?.priority ?? 'normal',
    submittedAtMs: Math.max(found.span.sinceMs, startedAtMs - (turn?.waitedMs ?? 0)),
    startedAtMs,
    earlier: false,
  });
}

function end({ open, uses }: Findings, uuids: readonly string[], endedAtMs: number): boolean {
  const known = open.get(keyOf(uuids));
  if (known === undefined) return false;
  open.delete(keyOf(uuids));
  uses.push({ ...known, endedAtMs, goesOn: false });
  return true;
}

/** Somebody had these slots when the span began. */
function addEarlier(
  { span, seen, uses }: Findings,
  had: Pick<PastUse, 'user' | 'gpuEquivalents'> & { readonly uuids: readonly string[] },
  ended: Pick<PastUse, 'endedAtMs' | 'goesOn'>,
): void {
  for (const uuid of had.uuids) seen.add(uuid);
  uses.push({
    user: had.user,
    slots: had.uuids.length,
    gpuEquivalents: had.gpuEquivalents,
    // Before all that come: they are there.
    priority: 'urgent',
    submittedAtMs: span.sinceMs,
    startedAtMs: span.sinceMs,
    earlier: true,
    ...ended,
  });
}

function keyOf(uuids: readonly string[]): string {
  return uuids.toSorted().join(' ');
}

function placeOf({ event: { user, container } }: EventRecord): string {
  return `${user ?? ''} ${container ?? ''}`;
}
