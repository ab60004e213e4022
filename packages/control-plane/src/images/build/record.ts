import { ds01Error, groupNameSchema, slugSchema, usernameSchema } from '@ds01/contracts';
import type { BuildKey, BuildRecord, StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import type { Caller } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { CurrentPolicy } from '../../policy.ts';
import type { BuildPlan } from './plan.ts';

const metaPrefix = 'image-building:';
/** The last number given to an image, which outlives it: what a tag meant once it never means anew. */
const lastPrefix = 'last-build:';
/** Builds of one person at the same time. */
const maxAtOnce = 2;
/** Builds of one image whose logs are kept. */
const keptBuilds = 20;

const noteSchema = z.strictObject({
  user: usernameSchema,
  slug: slugSchema,
  group: groupNameSchema,
  uid: z.int(),
  name: z.string(),
  build: z.string(),
  expiresAtMs: z.number(),
});

/** How long a build outlives the process that runs it. */
export function buildTtlMs({ settings }: CurrentPolicy): number {
  return Math.round(settings.leases.reserve_ttl_s * 1000);
}

/** A build under way: renewed by the process that runs it, and gone soon after that one is. */
export type BuildNote = z.infer<typeof noteSchema>;

/** Notes of builds, also of those whose process died. */
export function buildNotes({ meta }: Pick<StoreTransaction, 'meta'>): readonly BuildNote[] {
  return meta.list(metaPrefix).flatMap(({ value }) => {
    const note = noteSchema.safeParse(JSON.parse(value));
    return note.success ? [note.data] : [];
  });
}

/** Those that are under way now. */
export function liveBuilds(
  transaction: Pick<StoreTransaction, 'meta'>,
  nowMs: number,
): readonly BuildNote[] {
  return buildNotes(transaction).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
}

/** Forgets that a build is under way. */
export function dropNote({ meta }: Pick<StoreTransaction, 'meta'>, of: BuildKey): void {
  meta.remove(keyOf(of));
}

/** Ends a note as if its process had died long ago. */
export function expireNote({ meta }: Pick<StoreTransaction, 'meta'>, note: BuildNote): void {
  meta.set(keyOf(note), JSON.stringify({ ...note, expiresAtMs: 0 }));
}

function keyOf({ uid, name, build }: BuildKey): string {
  return `${metaPrefix}${String(uid)}/${name}/${build}`;
}

/**
 * Writes down that a build begins, under a number that no other build of this image has or had on
 * this day. Fails with `build.too-many`.
 */
export function beginBuild(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  build: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly plan: BuildPlan;
    /** Tags that the image has. */
    readonly tags: readonly string[];
  },
): BuildRecord {
  const { caller, policy, plan, tags } = build;
  const { uid, name: user, slug } = caller.owner;
  const { name } = plan;
  const nowMs = deps.clock.nowMs();
  return deps.store.transaction((transaction) => {
    const { builds, meta } = transaction;
    const others = liveBuilds(transaction, nowMs).filter((note) => note.uid === uid);
    if (others.length >= maxAtOnce) throw tooMany(others);
    const known = builds.list({ uid, name });
    const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
    const lastKey = `${lastPrefix}${String(uid)}/${name}`;
    const taken = [...known.map((other) => other.build), ...tags, meta.get(lastKey) ?? ''];
    const number = nextNumber(`b${day}-`, taken);
    const record: BuildRecord = {
      build: `b${day}-${String(number)}`,
      uid,
      name,
      state: 'running',
      reason: null,
      imageId: null,
      steps: null,
      cachedSteps: null,
      dockerfilePath: plan.input.dockerfilePath,
      startedAtMs: nowMs,
      finishedAtMs: null,
    };
    for (const old of known.filter(({ state }) => state !== 'running').slice(keptBuilds - 1)) {
      builds.remove(old);
    }
    meta.set(lastKey, record.build);
    builds.put(record);
    builds.putText(record, { dockerfile: plan.input.dockerfile, log: '', logCut: false });
    const { group } = policy.forUser(user);
    const expiresAtMs = nowMs + buildTtlMs(policy);
    const note: BuildNote = { user, slug, group, uid, name, build: record.build, expiresAtMs };
    meta.set(keyOf(record), JSON.stringify(note));
    return record;
  });
}

function nextNumber(prefix: string, taken: readonly string[]): number {
  const numbers = taken.map((tag) =>
    tag.startsWith(prefix) ? Number(tag.slice(prefix.length)) : 0,
  );
  return Math.max(0, ...numbers.filter(Number.isSafeInteger)) + 1;
}

/** Keeps the note of a build alive; false when others have given the build up for lost. */
export function renewBuild(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  of: BuildKey,
  ttlMs: number,
): boolean {
  return deps.store.transaction(({ meta }) => {
    const value = meta.get(keyOf(of));
    const note = noteSchema.safeParse(value === null ? null : JSON.parse(value));
    if (!note.success) return false;
    meta.set(keyOf(of), JSON.stringify({ ...note.data, expiresAtMs: deps.clock.nowMs() + ttlMs }));
    return true;
  });
}

/** Writes down how a build ended, with the end of what it printed. */
export function endBuild(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  record: BuildRecord,
  log: { readonly text: string; readonly isCut: boolean },
): void {
  deps.store.transaction((transaction) => {
    transaction.builds.put(record);
    transaction.builds.putText(record, { log: log.text, logCut: log.isCut });
    dropNote(transaction, record);
  });
}

function tooMany(others: readonly BuildNote[]) {
  const names = others.map(({ name, build }) => `${name} (${build})`);
  return ds01Error('build.too-many', {
    message:
      `${String(others.length)} builds of yours are under way, and no more than ${String(maxAtOnce)} ` +
      `may be: ${names.join(', ')}.`,
    hint: 'wait for one of them to end, or cancel it with Ctrl-C where it runs',
    details: { builds: names },
  });
}
