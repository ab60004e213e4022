import type { QueueEntryView } from '@ds01/contracts/service';
import type { SchedulerDecision, WaitingReason } from '@ds01/scheduler';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { Person } from '../../operations/call.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import { asksFor, isOwn } from '../entries.ts';
import { unclaimedLease } from '../joining/leave.ts';

/** Where a waiting request stands. */
export interface Place {
  readonly position: number;
  readonly reason: { readonly code: QueueEntryView['reason']['code']; readonly message: string };
  readonly estimatedStartMs: number | null;
}

/** Places of all that wait, by id. */
export type Places = ReadonlyMap<string, Place>;

/** What the rules said last; of what they don't know yet, the age counts. */
export function placesOf(
  entries: readonly QueueRecord[],
  decision: SchedulerDecision | null,
): Places {
  const waiting = entries.filter(({ state }) => state === 'waiting');
  const known = new Map(decision?.waiting.map((place) => [place.id, place]));
  const ordered = waiting.toSorted(
    (left, right) =>
      (known.get(left.id)?.position ?? Infinity) - (known.get(right.id)?.position ?? Infinity) ||
      left.queuedAtMs - right.queuedAtMs,
  );
  return new Map(
    ordered.map(({ id }, index) => {
      const place = known.get(id);
      return [
        id,
        {
          position: index + 1,
          reason: place?.reason ?? unknownGpus,
          estimatedStartMs: place?.estimatedStartMs ?? null,
        },
      ];
    }),
  );
}

const unknownGpus = {
  code: 'gpus-unknown',
  message: 'it isn’t known yet which GPUs are free',
} as const satisfies { readonly code: 'gpus-unknown' | WaitingReason['code']; message: string };

/** What an entry is shown with. */
export interface EntryContext {
  readonly policy: CurrentPolicy;
  readonly places: Places;
  /** `null` is the person whose it is, of whom nobody else looks on. */
  readonly viewer: Person | null;
  readonly nowMs: number;
}

/** A waiting request as somebody may see it: of others only what the site shows. */
export function entryView(
  transaction: Pick<StoreTransaction, 'leases'>,
  entry: QueueRecord,
  { policy, places, viewer, nowMs }: EntryContext,
): QueueEntryView {
  const own = viewer === null || isOwn(entry, viewer.owner);
  const open = own || viewer.role === 'admin';
  const place = places.get(entry.id);
  const lease = unclaimedLease(transaction, entry);
  const show = open ? 'names' : policy.showHolders;
  return {
    id: entry.id,
    state: entry.state,
    position: place?.position ?? null,
    of: places.size,
    user: show === 'names' ? entry.user : null,
    group: show === 'none' ? null : policy.forUser(entry.user).group,
    own,
    kind: entry.kind,
    priority: entry.priority,
    container: open ? entry.container : null,
    verb: entry.verb ?? 'deploy',
    gpu: entry.gpu,
    asksFor: asksFor(entry.gpu),
    reason: reasonOf(entry, place),
    queuedAt: instantOf(entry.queuedAtMs),
    waitedMs: Math.max(0, (entry.endedAtMs ?? entry.grantedAtMs ?? nowMs) - entry.queuedAtMs),
    estimatedStartAt: instantOrNull(place?.estimatedStartMs ?? null),
    waitsUntil: instantOrNull(entry.waitsUntilMs),
    claimUntil: instantOrNull(entry.claimUntilMs),
    slots: lease === null ? [] : lease.slots.map(({ slot }) => slot),
  };
}

function instantOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : instantOf(timeMs);
}

const ends = {
  claimed: 'it has what it waited for',
  left: 'it was taken out of the queue',
  expired: 'nobody claimed what was granted in time',
  'timed-out': 'it waited as long as it was to',
  refused: 'the limits don’t allow it any more',
} as const;

function reasonOf(entry: QueueRecord, place: Place | undefined): QueueEntryView['reason'] {
  if (entry.state === 'waiting') return place?.reason ?? unknownGpus;
  if (entry.state === 'granted') {
    return { code: 'granted', message: 'it is kept until it is claimed' };
  }
  return { code: 'ended', message: entry.why ?? ends[entry.state] };
}
