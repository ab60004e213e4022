import type { HostAccount } from '@ds01/ports';
import type { WrittenReservation } from '@ds01/limits';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import type { Notice } from '../notifications/notice.ts';
import { queueNotice } from '../notifications/queue.ts';
import { utcTime } from '../notifications/render.ts';
import { dayMs } from '../notifications/subject.ts';
import type { CurrentPolicy } from '../policy.ts';
import { endInstantOf } from './tell.ts';

/** Up to when begins and ends of reservations were told, in Unix milliseconds. */
const toldUntil = 'reservations.told-until';
/** Without anything to tell it is written down so often: a note each time would write to disk for nothing. */
const noteEveryMs = 3_600_000;

/** A reservation that has just begun, or ended. */
interface Turn {
  readonly reservation: WrittenReservation;
  readonly kind: 'began' | 'ended';
}

/**
 * Tells of the reservations that began or ended since the last time, also of what did while nobody told:
 * one event each, and a message to the person it is for. Whether there were any. What was before the first
 * time is not told.
 */
export async function tellTurns(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'accounts'>,
  policy: CurrentPolicy,
): Promise<boolean> {
  const nowMs = deps.clock.nowMs();
  const sinceMs = deps.store.transaction(({ meta }) => numberOf(meta.get(toldUntil)));
  const turns = sinceMs === null ? [] : turnsBetween(policy.limits.reservations, sinceMs, nowMs);
  if (sinceMs !== null && turns.length === 0 && nowMs - sinceMs < noteEveryMs) return false;
  const accounts = new Map<string, HostAccount | null>();
  for (const { reservation } of turns) {
    const { user } = reservation;
    if (user !== null) accounts.set(user, await deps.accounts.byName(user));
  }
  return deps.store.transaction((transaction) => {
    // Another process has told of them meanwhile.
    if (numberOf(transaction.meta.get(toldUntil)) !== sinceMs) return false;
    transaction.meta.set(toldUntil, String(nowMs));
    for (const turn of turns) {
      const { user, group, slots, id } = turn.reservation;
      const uid = accounts.get(user ?? '')?.uid ?? null;
      const details = { reservation: id, for: user ?? `group ${group ?? ''}`, slots: [...slots] };
      const about = { user, uid, container: null, containerId: null };
      appendEvent(transaction, { type: `reservation.${turn.kind}`, ...about, details }, nowMs);
      if (user !== null && uid !== null) {
        queueNotice(transaction, { policy, nowMs }, { ...noticeOf(turn, nowMs), user, uid });
      }
    }
    return turns.length > 0;
  });
}

/** Milliseconds until the next reservation begins or ends; Infinity when none does. */
export function untilNextTurn({ limits }: Pick<CurrentPolicy, 'limits'>, nowMs: number): number {
  const turns = limits.reservations.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  return Math.min(...turns.filter((turnMs) => turnMs > nowMs)) - nowMs;
}

/** Where the clock was set back nothing is told twice. */
function turnsBetween(
  reservations: readonly WrittenReservation[],
  sinceMs: number,
  nowMs: number,
): readonly Turn[] {
  const isNew = (timeMs: number): boolean => timeMs > sinceMs && timeMs <= nowMs;
  return reservations.flatMap((reservation): readonly Turn[] => {
    if (isNew(reservation.toMs)) return [{ reservation, kind: 'ended' }];
    return isNew(reservation.fromMs) ? [{ reservation, kind: 'began' }] : [];
  });
}

function noticeOf({ reservation, kind }: Turn, nowMs: number): Omit<Notice, 'user' | 'uid'> {
  const gpus = `GPU ${reservation.slots.join(', ')}`;
  const common = { severity: 'notice', container: null, workspace: null } as const;
  if (kind === 'ended') {
    return {
      ...common,
      title: `your reservation of ${gpus} is over`,
      lines: [`Others may get ${gpus} now. What you run on it goes on, within your limits.`],
      staleAtMs: nowMs + dayMs,
    };
  }
  const isEndless = endInstantOf(reservation) === null;
  const until = isEndless ? '' : ` until ${utcTime(reservation.toMs)}`;
  return {
    ...common,
    title: `${gpus} is reserved for you now`,
    lines: [`Nobody else gets ${gpus}${until}. To use it:`, '  ds01 container deploy NAME'],
    staleAtMs: isEndless ? null : reservation.toMs,
  };
}

function numberOf(text: string | null): number | null {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}
