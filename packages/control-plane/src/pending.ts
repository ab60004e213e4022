import { usernameSchema, type Username } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { z } from 'zod';

/**
 * A container that is being made or started: keeps its name and its place in the owner's container
 * count, and keeps reconcile from taking it for one that stopped.
 */
export interface PendingContainer {
  readonly user: Username;
  readonly token: number;
  readonly expiresAtMs: number;
}

const pendingSchema = z.object({
  user: usernameSchema,
  token: z.int(),
  expiresAtMs: z.number(),
});

const prefix = 'pending:';

/** Containers that are being made or started now, by Docker name. Changes nothing. */
export function pendingContainers(
  transaction: StoreTransaction,
  nowMs: number,
): ReadonlyMap<string, PendingContainer> {
  const live = new Map<string, PendingContainer>();
  for (const { key, value } of transaction.meta.list(prefix)) {
    const pending = pendingSchema.safeParse(JSON.parse(value));
    if (pending.success && pending.data.expiresAtMs > nowMs) {
      live.set(key.slice(prefix.length), pending.data);
    }
  }
  return live;
}

/** Forgets the notes of commands that died. */
export function dropExpiredPending(transaction: StoreTransaction, nowMs: number): void {
  const live = pendingContainers(transaction, nowMs);
  for (const { key } of transaction.meta.list(prefix)) {
    if (!live.has(key.slice(prefix.length))) transaction.meta.remove(key);
  }
}

/** Notes that a container is being made or started, or renews the note. */
export function putPending(
  transaction: StoreTransaction,
  dockerName: string,
  pending: PendingContainer,
): void {
  transaction.meta.set(prefix + dockerName, JSON.stringify(pending));
}

/** Notes last as long as before when somebody set the clock by so much, but not beyond `latestMs`. */
export function movePending(
  transaction: StoreTransaction,
  { byMs, latestMs }: { readonly byMs: number; readonly latestMs: number },
): void {
  for (const { key } of transaction.meta.list(prefix)) {
    const dockerName = key.slice(prefix.length);
    const pending = readPending(transaction, dockerName);
    if (pending === null) continue;
    const expiresAtMs = Math.min(Math.round(pending.expiresAtMs + byMs), latestMs);
    putPending(transaction, dockerName, { ...pending, expiresAtMs });
  }
}

/** Keeps the note for longer; false when it isn't the one with this token any more. */
export function renewPending(
  transaction: StoreTransaction,
  dockerName: string,
  renewed: Pick<PendingContainer, 'token' | 'expiresAtMs'>,
): boolean {
  const pending = readPending(transaction, dockerName);
  if (pending?.token !== renewed.token) return false;
  putPending(transaction, dockerName, { ...pending, ...renewed });
  return true;
}

/** Drops the note, if it is still the one with this token. */
export function removePending(
  transaction: StoreTransaction,
  dockerName: string,
  token: number,
): boolean {
  if (readPending(transaction, dockerName)?.token !== token) return false;
  transaction.meta.remove(prefix + dockerName);
  return true;
}

function readPending(transaction: StoreTransaction, dockerName: string): PendingContainer | null {
  const value = transaction.meta.get(prefix + dockerName);
  const pending = pendingSchema.safeParse(value === null ? null : JSON.parse(value));
  return pending.success ? pending.data : null;
}
