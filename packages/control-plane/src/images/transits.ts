import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { ContainerEngine, MetaTable, StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { createTurns, type Turns } from '../operations/turns.ts';
import { keepRenewing } from '../renewal.ts';

const metaPrefix = 'image-transit:';
/** As long as a process that died may have been the one that moves it. */
const livesMs = 60_000;
/** Of a note that nobody can read: no account has it. */
const nobody = -1;

const transitSchema = z.strictObject({
  uid: z.int(),
  /** Image that the tag led to before; `null` when it wasn't there. */
  before: z.string().nullable(),
  expiresAtMs: z.number(),
});
type Transit = z.infer<typeof transitSchema>;

/** A tag of a registry, as the engine shows it. */
export interface RegistryTag {
  readonly repository: string;
  readonly tag: string;
}

/** Tags on their way to or from a registry. They belong to who moves them. */
export interface TagsInTransit {
  /** True for a tag that somebody else than this uid moves now. */
  isAnothers(tag: string, uid: number): boolean;
}

/** The tags that are on their way now, as the engine shows them (`localhost:5000/team/thesis:v1`). */
export function tagsInTransit(meta: Pick<MetaTable, 'list'>): TagsInTransit {
  const owners = new Map(
    meta
      .list(metaPrefix)
      .map(({ key, value }) => [key.slice(metaPrefix.length), parse(value)?.uid ?? null]),
  );
  return {
    isAnothers: (tag, uid) => {
      const owner = owners.get(tag);
      return owner !== undefined && owner !== uid;
    },
  };
}

const turnsOf = new WeakMap<ContainerEngine, Turns>();

/**
 * Runs `work` while a tag of a registry is a person's alone, and then puts it back to what it was: it
 * was written down before anything moved it, so that what a crash leaves is found
 * ({@link putBackOldTransits}). Waits for whoever moves the same tag in this process; fails with
 * `engine.conflict` while another process does.
 */
export async function withTagInTransit<T>(
  deps: ControlPlaneDependencies,
  moved: {
    readonly target: RegistryTag;
    readonly uid: number;
    readonly signal?: AbortSignal | undefined;
  },
  work: () => Promise<T>,
): Promise<T> {
  const { target, uid } = moved;
  const tag = textOf(target);
  const turns = turnsOf.get(deps.engine) ?? createTurns();
  turnsOf.set(deps.engine, turns);
  return turns.take(tag, () => inTransit(deps, { tag, uid }, work), moved.signal);
}

async function inTransit<T>(
  deps: ControlPlaneDependencies,
  { tag, uid }: { readonly tag: string; readonly uid: number },
  work: () => Promise<T>,
): Promise<T> {
  const now = (await deps.engine.inspectImage(tag))?.id ?? null;
  const begin = ({ meta }: StoreTransaction): Transit => {
    // What an earlier one left there is not what the tag was before.
    const left = parse(meta.get(metaPrefix + tag));
    if (left !== null && left.uid !== uid && left.expiresAtMs > deps.clock.nowMs()) {
      throw ds01Error('engine.conflict', {
        message: `${tag} is being moved to or from its registry by somebody else.`,
        hint: 'run the same command again in a while',
        retryable: true,
        details: { tag },
      });
    }
    const expiresAtMs = deps.clock.nowMs() + livesMs;
    const transit = { uid, before: left === null ? now : left.before, expiresAtMs };
    meta.set(metaPrefix + tag, JSON.stringify(transit));
    return transit;
  };
  const { before } = deps.store.transaction(begin);
  const renewal = keepRenewing(deps, livesMs, () => {
    deps.store.transaction(({ meta }) => {
      const expiresAtMs = deps.clock.nowMs() + livesMs;
      meta.set(metaPrefix + tag, JSON.stringify({ uid, before, expiresAtMs }));
    });
  });
  try {
    return await work();
  } finally {
    renewal.stop();
    await putBack(deps, tag, before).catch((error: unknown) => {
      // It stays nobody else's, and is put back later.
      warnOfTag(deps, tag, error);
    });
  }
}

/** A tag that the ledger says is on its way. */
export interface TransitNote {
  readonly tag: string;
  /** Until then its process may be alive; Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** The tags that the ledger says are on their way. */
export function transitNotes({ meta }: Pick<StoreTransaction, 'meta'>): readonly TransitNote[] {
  return meta.list(metaPrefix).map(({ key, value }) => ({
    tag: key.slice(metaPrefix.length),
    expiresAtMs: parse(value)?.expiresAtMs ?? 0,
  }));
}

/**
 * Puts back those tags of `notes` whose move ended with its process. One that the engine keeps as it is
 * stays private, and is tried again later.
 */
export async function putBackOldTransits(
  deps: ControlPlaneDependencies,
  notes: readonly TransitNote[],
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  for (const { tag } of notes.filter(({ expiresAtMs }) => expiresAtMs < nowMs)) {
    // What was noted before may have been renewed, or put back, since.
    const text = deps.store.transaction(({ meta }) => meta.get(metaPrefix + tag));
    const transit = parse(text);
    const isOld = text !== null && (transit === null || transit.expiresAtMs < nowMs);
    if (!isOld) continue;
    try {
      await putBack(deps, tag, transit?.before ?? null);
    } catch (error) {
      if (!isDs01Error(error)) throw error;
      postpone(deps, tag, text);
      warnOfTag(deps, tag, error);
    }
  }
}

/** Unless somebody moves it by now. */
function postpone(deps: ControlPlaneDependencies, tag: string, text: string): void {
  const { uid, before } = parse(text) ?? { uid: nobody, before: null };
  const expiresAtMs = deps.clock.nowMs() + livesMs;
  deps.store.transaction(({ meta }) => {
    if (meta.get(metaPrefix + tag) !== text) return;
    meta.set(metaPrefix + tag, JSON.stringify({ uid, before, expiresAtMs }));
  });
}

function warnOfTag(deps: ControlPlaneDependencies, tag: string, error: unknown): void {
  deps.logger.warn('a tag of a registry could not be put back yet', { tag, error: String(error) });
}

async function putBack(
  deps: ControlPlaneDependencies,
  tag: string,
  before: string | null,
): Promise<void> {
  const { engine } = deps;
  const found = before === null ? null : await engine.inspectImage(before);
  // A digest never leads elsewhere.
  if (found === null) await removeTag(engine, tag);
  else if (!tag.includes('@')) await engine.tagImage(found.id, registryTagOf(tag));
  // Last: until then it is nobody else's to see.
  deps.store.transaction(({ meta }) => meta.remove(metaPrefix + tag));
}

/**
 * Nobody has a name of it any more that makes it theirs when it is the last one: then the engine keeps
 * it only for containers that were made from it.
 */
async function removeTag(engine: ContainerEngine, tag: string): Promise<void> {
  try {
    await engine.removeImage(tag);
  } catch (error) {
    if (!isDs01Error(error)) throw error;
    if (error.code === 'image.not-found') return;
    if (error.code !== 'engine.conflict') throw error;
    await engine.removeImage(tag, { force: true });
  }
}

/** A tag, or a digest, as the engine shows it in its parts. */
export function registryTagOf(reference: string): RegistryTag {
  const at = reference.lastIndexOf(reference.includes('@') ? '@' : ':');
  return { repository: reference.slice(0, at), tag: reference.slice(at + 1) };
}

function textOf({ repository, tag }: RegistryTag): string {
  return `${repository}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}

function parse(text: string | null): Transit | null {
  const read = transitSchema.safeParse(text === null ? null : JSON.parse(text));
  return read.success ? read.data : null;
}
