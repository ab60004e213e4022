import { isDs01Error, usernameSchema, type ContainerId } from '@ds01/contracts';
import type { ContainerRecord, MetaTable } from '@ds01/ports';
import { z } from 'zod';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { appendEvent } from '../../events/record-event.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { readStored } from '../../read-stored.ts';
import type { KeptTag } from './keep-layer.ts';
import type { SteadyNow } from '../looking/steady-clock.ts';

const chosenPrefix = 'lifecycle:keeping:';
const keptPrefix = 'lifecycle:kept:';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const tagSchema = z.object({ repository: z.string(), tag: z.string() });
const keptSchema = z.object({
  user: usernameSchema.nullable(),
  uid: z.number().nullable(),
  container: z.string(),
  containerId: z.string(),
  /** Moment. */
  atMs: z.number(),
  /** Moment of the next attempt, after one that failed. */
  againAtMs: z.number().default(0),
});

/** The tag that was chosen for a container's layer, before it was committed. */
export function chosenTag(meta: Pick<MetaTable, 'get'>, id: ContainerId): KeptTag | null {
  return readStored(tagSchema, meta.get(`${chosenPrefix}${id}`));
}

/** Notes it. */
export function putChosenTag(meta: Pick<MetaTable, 'set'>, id: ContainerId, tag: KeptTag): void {
  meta.set(`${chosenPrefix}${id}`, JSON.stringify(tag));
}

/** Forgets the tags of containers that are gone. */
export function forgetChosenTags(
  meta: Pick<MetaTable, 'list' | 'remove'>,
  present: ReadonlySet<string>,
): void {
  for (const { key } of meta.list(chosenPrefix)) {
    if (!present.has(key.slice(chosenPrefix.length))) meta.remove(key);
  }
}

/** A layer was kept; its image goes after its time. */
export function noteKept(
  meta: Pick<MetaTable, 'set'>,
  kept: { readonly reference: string; readonly record: ContainerRecord; readonly atMs: number },
): void {
  const { user, uid, dockerName: container, id: containerId } = kept.record;
  const value = { user, uid, container, containerId, atMs: kept.atMs };
  meta.set(`${keptPrefix}${kept.reference}`, JSON.stringify(value));
}

/**
 * Removes kept images whose time is over (`lifecycle.kept_days`). One that a container uses stays until
 * it doesn't, and is tried once an hour.
 */
export async function pruneKept(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store' | 'logger'>,
  policy: CurrentPolicy,
  now: SteadyNow,
): Promise<void> {
  const keptMs = policy.settings.lifecycle.kept_days * dayMs;
  const due = deps.store.transaction(({ meta }) =>
    meta.list(keptPrefix).flatMap(({ key, value }) => {
      const kept = readStored(keptSchema, value);
      const image = key.slice(keptPrefix.length);
      if (kept === null) return [];
      return Math.max(kept.atMs + keptMs, kept.againAtMs) <= now.nowMs
        ? [{ key, image, kept }]
        : [];
    }),
  );
  for (const { key, image, kept } of due) {
    const { user, uid, container, containerId } = kept;
    if (!(await removeKept(deps, image))) {
      const later = JSON.stringify({ ...kept, againAtMs: now.nowMs + hourMs });
      deps.store.transaction(({ meta }) => meta.set(key, later));
      continue;
    }
    deps.store.transaction((transaction) => {
      transaction.meta.remove(key);
      const about = { user, uid, container, containerId };
      const event = { type: 'lifecycle.kept-image-removed' as const, ...about, details: { image } };
      appendEvent(transaction, event, now.wallMs);
    });
  }
}

async function removeKept(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'logger'>,
  image: string,
): Promise<boolean> {
  try {
    await deps.engine.removeImage(image);
    return true;
  } catch (error) {
    if (isDs01Error(error) && error.code === 'image.not-found') return true;
    deps.logger.debug('a kept image stays for now', { image, error: String(error) });
    return false;
  }
}
