import { ds01Error, type ImageVersion, type RouteOutput } from '@ds01/contracts';
import type { BuildRecord, ImageDetails } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { instantOf } from '../present.ts';
import { imagesNow, type ImagesNow } from './images-now.ts';
import { missingImage, ownRepository, type OwnRepository } from './own-image.ts';
import { isBuildTag } from './reserved-tags.ts';

/**
 * The versions of a person's image, newest first: its builds, those that failed included, and what
 * else has a tag of its own. Fails with `image.not-found`, `name.invalid`.
 */
export async function imageHistory(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<{ name: string; versions: ImageVersion[] }> {
  const now = await imagesNow(deps, caller, options);
  const own = ownRepository(now, caller, input.name);
  const versions = versionsOf(now, own, buildsOf(deps, caller, own));
  if (versions.length === 0) throw missingImage(own.name);
  return { name: own.name, versions: [...versions] };
}

/** The builds of a person's image, newest first. */
export function buildsOf(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  caller: Pick<Caller, 'owner'>,
  own: Pick<OwnRepository, 'name'>,
): readonly BuildRecord[] {
  const of = { uid: caller.owner.uid, name: own.name };
  return deps.store.transaction(({ builds }) => builds.list(of));
}

/** The versions of a person's image, newest first. */
export function versionsOf(
  now: Pick<ImagesNow, 'containersOf'>,
  own: OwnRepository,
  builds: readonly BuildRecord[],
): readonly ImageVersion[] {
  const latestId = own.tags.get('latest')?.id ?? null;
  const partsOf = (image: ImageDetails | undefined) => ({
    id: image?.id ?? null,
    tags: image === undefined ? [] : tagsTo(own, image),
    current: image !== undefined && image.id === latestId,
    sizeBytes: image?.sizeBytes ?? null,
    containers: image === undefined ? [] : now.containersOf(image).map(({ name }) => name),
  });
  const built = builds.map((build): ImageVersion => ({
    build: build.build,
    ...partsOf(own.tags.get(build.build)),
    state: build.state,
    reason: build.reason,
    createdAt: instantOf(build.startedAtMs),
    durationMs: build.finishedAtMs === null ? null : build.finishedAtMs - build.startedAtMs,
  }));
  const known = new Set(built.map(({ id }) => id));
  const others = [...new Set(own.tags.values())]
    .filter(({ id }) => !known.has(id))
    .map((image): ImageVersion => ({
      // Whoever lost the ledger still sees which build it was.
      build: tagsTo(own, image).find(isBuildTag) ?? null,
      ...partsOf(image),
      state: 'succeeded',
      reason: null,
      createdAt: instantOf(image.createdAtMs),
      durationMs: null,
    }));
  return onlyOneCurrent([...built, ...others].toSorted(newestFirst));
}

/** Builds of one day are in the order of their numbers. */
function newestFirst(one: ImageVersion, other: ImageVersion): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return buildNumberOf(other.build) - buildNumberOf(one.build);
}

/** Number of a build among those of its day: 2 of `b20261122-2`; 0 without a build. */
export function buildNumberOf(build: string | null): number {
  return Number(build?.split('-')[1] ?? 0);
}

/** Two builds may have made the same image, of which the newer one is the version in use. */
function onlyOneCurrent(versions: readonly ImageVersion[]): readonly ImageVersion[] {
  const first = versions.findIndex(({ current }) => current);
  return versions.map((version, index) => ({ ...version, current: index === first }));
}

function tagsTo(own: OwnRepository, image: ImageDetails): string[] {
  return [...own.tags]
    .filter(([, { id }]) => id === image.id)
    .map(([tag]) => tag)
    .toSorted();
}

/** What a build printed. Fails with `build.not-found`, `image.not-found`, `name.invalid`. */
export async function imageLog(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly build: string | null },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.log'>> {
  const now = await imagesNow(deps, caller, options);
  const own = ownRepository(now, caller, input.name);
  const builds = buildsOf(deps, caller, own);
  if (builds.length === 0 && own.tags.size === 0) throw missingImage(own.name);
  // Any tag will do that leads to what a build made.
  const id = input.build === null ? null : (own.tags.get(input.build)?.id ?? null);
  const build =
    input.build === null
      ? builds[0]
      : (builds.find((one) => one.build === input.build) ??
        builds.find(({ imageId }) => imageId !== null && imageId === id));
  const text =
    build === undefined ? null : deps.store.transaction((tables) => tables.builds.text(build));
  if (build === undefined || text === null) {
    throw ds01Error('build.not-found', {
      message:
        input.build === null
          ? `No build of ${own.name} is known.`
          : `No build ${input.build} of ${own.name} is known.`,
      hint: `ds01 image history ${own.name}`,
      details: { image: own.name, build: input.build },
    });
  }
  return { build: build.build, state: build.state, text: text.log, cut: text.logCut };
}
