import type { ContainerId } from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { ContainerRecord, StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { readStored } from '../read-stored.ts';
import { aboutContainer } from './container-events.ts';
import { appendEvent } from './record-event.ts';

const noteSchema = z.object({ expiresAtMs: z.number(), reason: z.string() });

const prefix = 'ending:';
/** How much longer than it was meant to take an ending counts as being under way. */
const patienceMs = 60_000;

/** Somebody is about to end a container's processes, or to remove it. */
export interface Ending {
  readonly id: ContainerId;
  /** How long it may take. */
  readonly withinMs: number;
  /** Goes on after "because", for when whoever does it dies on the way. */
  readonly reason: string;
}

/**
 * Notes that a container is being ended on purpose: until {@link endedOnPurpose} or
 * {@link forgetEnding}, or the time is over, nobody takes it for one that ended by itself.
 */
export function noteEnding(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  { id, withinMs, reason }: Ending,
): void {
  const note = { expiresAtMs: deps.clock.nowMs() + withinMs + patienceMs, reason };
  deps.store.transaction(({ meta }) => meta.set(prefix + id, JSON.stringify(note)));
}

/** What is being done was not done. */
export function forgetEnding({ meta }: Pick<StoreTransaction, 'meta'>, id: ContainerId): void {
  meta.remove(prefix + id);
}

/** Why a container is being ended now; `null` when nobody does. */
export function endingOf(
  { meta }: Pick<StoreTransaction, 'meta'>,
  id: ContainerId,
  nowMs: number,
): string | null {
  const note = readStored(noteSchema, meta.get(prefix + id));
  return note !== null && note.expiresAtMs > nowMs ? note.reason : null;
}

/** It doesn't run any more, and the event (where it was worth one) says why. */
export function endedOnPurpose(
  transaction: StoreTransaction,
  { id, event }: { readonly id: ContainerId; readonly event: NewEvent | null },
  nowMs: number,
): void {
  forgetEnding(transaction, id);
  const known = transaction.containers.get(id);
  if (known !== null && known.startedAtMs !== null) {
    transaction.containers.put({ ...known, startedAtMs: null });
  }
  if (event !== null) appendEvent(transaction, event, nowMs);
}

/**
 * A container is gone from the engine: the ledger forgets it, what the rules remember of it, and its
 * note. Told once: whoever comes second finds it forgotten. `reason` goes on after "because".
 */
export function forgetContainer(
  transaction: StoreTransaction,
  { id, reason }: { readonly id: ContainerId; readonly reason: string | null },
  nowMs: number,
): void {
  const known: ContainerRecord | null = transaction.containers.get(id);
  const why = reason ?? endingOf(transaction, id, nowMs) ?? 'it was removed without DS01';
  forgetEnding(transaction, id);
  transaction.containers.remove(id);
  if (known === null) return;
  const details = { reason: why };
  appendEvent(transaction, { type: 'container.removed', ...aboutContainer(known), details }, nowMs);
}
