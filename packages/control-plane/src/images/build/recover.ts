import { imageRepositoryOf, isDs01Error, objectNameSchema } from '@ds01/contracts';
import type { ContainerDetails, ContainerListing } from '@ds01/ports';
import { deviceIdsOf } from '../../device-ids.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import { buildNotes, dropNote, expireNote, liveBuilds, type BuildNote } from './record.ts';

/**
 * True for the container of a step of a build: nobody's, and there for as long as the step runs. One
 * with GPUs is never taken for one, whatever it claims to be.
 */
export function isBuildStep(
  { cgroups }: Pick<ControlPlaneDependencies, 'cgroups'>,
  details: ContainerDetails,
): boolean {
  return cgroups.isForBuilds(details.cgroupParent) && deviceIdsOf(details).length === 0;
}

/**
 * Writes down of builds whose process died how they ended: `lost`, unless the image got its tag, which
 * is the last that a build does. `notes` are those that were seen; their process may have renewed or
 * ended them since.
 */
export async function recoverBuilds(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store' | 'clock' | 'logger'>,
  notes: readonly BuildNote[],
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  for (const note of notes.filter(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
    const made = await deps.engine.inspectImage(tagOf(note));
    const isOver = deps.store.transaction((transaction) => {
      const still = buildNotes(transaction).find((other) => isSame(note, other));
      if (still === undefined || still.expiresAtMs > nowMs) return false;
      dropNote(transaction, note);
      const record = transaction.builds.get(note);
      if (record?.state !== 'running') return false;
      transaction.builds.put({
        ...record,
        finishedAtMs: nowMs,
        ...(made === null
          ? { state: 'lost', reason: 'What ran the build ended before the build did.' }
          : { state: 'succeeded', imageId: made.id }),
      });
      return true;
    });
    if (isOver) deps.logger.warn('a build ended with its process', { ...note });
  }
}

/**
 * Gives up every build that is under way: for a process that begins, and knows itself to be the only
 * one.
 */
export async function giveUpBuilds(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store' | 'clock' | 'logger'>,
): Promise<void> {
  const notes = deps.store.transaction((transaction) => {
    for (const note of buildNotes(transaction)) expireNote(transaction, note);
    return buildNotes(transaction);
  });
  await recoverBuilds(deps, notes);
}

function tagOf({ name, slug, build }: BuildNote): string {
  return `${imageRepositoryOf(objectNameSchema.parse(name), slug)}:${build}`;
}

function isSame(one: BuildNote, other: BuildNote): boolean {
  return one.uid === other.uid && one.name === other.name && one.build === other.build;
}

/** The container of a step, as it was seen. */
export interface SeenStep {
  readonly listing: ContainerListing;
  readonly cgroupParent: string;
}

/**
 * Removes what builds left that died with their process: containers of steps of people who build
 * nothing now. The builder removes its own within `graceMs`.
 */
export async function removeStraySteps(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store' | 'clock' | 'logger'>,
  steps: readonly SeenStep[],
  graceMs: number,
): Promise<void> {
  if (steps.length === 0) return;
  const nowMs = deps.clock.nowMs();
  const builders = deps.store.transaction((transaction) => liveBuilds(transaction, nowMs));
  for (const { listing, cgroupParent } of steps) {
    const isNeeded = builders.some(({ slug }) => cgroupParent.split(/[/-]/).includes(slug));
    const isYoung = listing.createdAtMs > nowMs - graceMs;
    if (isNeeded || isYoung) continue;
    try {
      await deps.engine.removeContainer(listing.id, { force: isAlive(listing.state) });
    } catch (error) {
      // Nobody else may wait for it: the next look finds it again.
      if (!isDs01Error(error)) throw error;
      deps.logger.warn('what a build left could not be removed yet', {
        id: listing.id,
        error: String(error),
      });
    }
  }
}
