import { ds01Error, type Ds01Error, type RouteOutput } from '@ds01/contracts';
import type { ContainerRecord, StoreTransaction } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { operandOf } from '../lookup.ts';
import { gpusIfQuick, open } from '../use-case.ts';
import { measureSpace } from './freed-space.ts';
import { buildsOf } from './history.ts';
import { imagesNow } from './images-now.ts';
import { forgetUse } from './last-use.ts';
import { removeLeftOvers } from './left-overs.ts';
import { missingImage, ownRepository, taggedImage, type OwnRepository } from './own-image.ts';
import { forgetShare } from './shares.ts';
import { takeAway, type TakenAway } from './take-away.ts';

/** Which image to delete, or which tag of it. */
export interface DeleteInput {
  readonly name: string;
  /** `null`: with all its tags. */
  readonly tag: string | null;
  /** Also while containers use it: they keep what they were made from. */
  readonly force: boolean;
}

/**
 * Deletes a person's image, or one of its tags; with the last tag of a version that version is gone,
 * with the last one of all also with whom it is shared. Refused while containers of this person need
 * it (`image.in-use`) unless forced. Containers, also those that others made from it while it was
 * shared, keep working: what they need stays, without a name, until they are gone. Fails with
 * `image.not-found`, `name.invalid`.
 */
export async function deleteImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: DeleteInput,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.delete'>> {
  const { policy } = await open(deps, gpusIfQuick(options));
  const now = await imagesNow(deps, caller, { ...options, policy });
  const own = ownRepository(now, caller, input.name);
  const builds = buildsOf(deps, caller, own).filter(({ state }) => state !== 'running');
  if (input.tag !== null) taggedImage(own, input.tag);
  else if (own.tags.size === 0 && builds.length === 0) throw missingImage(own.name);
  const wanted = input.tag === null ? [...own.tags.keys()] : [input.tag];
  const names = new Set(wanted.map((tag) => `${own.repository}:${tag}`));
  const isTaken = (tag: string): boolean => names.has(tag);
  const images = now.all.filter(({ tags }) => tags.some(isTaken));
  const going = images.filter(({ tags }) => tags.every(isTaken));
  const users = going.flatMap((image) => now.containersOf(image));
  if (users.length > 0 && !input.force) throw inUse(own, input, users);
  const space = await measureSpace(deps, now.all, going);
  if (options.dryRun === true) {
    const free = going.filter((image) => now.containersOf(image).length === 0);
    const ids = new Set(free.map(({ id }) => id));
    return { tags: [...names], ids: [...ids], freedBytes: space(ids), kept: [] };
  }
  const { slug } = caller.owner;
  if (wanted.length === own.tags.size) {
    // First: whoever gets the name later must not find it shared.
    deps.store.transaction(({ meta }) => forgetShare(meta, slug, own.name));
  }
  const done = await takeAway(deps, images, { slug, isTaken });
  const earlier = await removeLeftOvers(deps, now.all, slug);
  const after = new Set((await deps.engine.listImages()).map(({ id }) => id));
  deps.store.transaction(({ builds: table, meta }) => {
    for (const build of builds) {
      if (input.tag === null || isGone(build, input.tag, done)) table.remove(build);
    }
    forgetUse(meta, (id) => after.has(id));
  });
  return {
    tags: [...done.tags],
    ids: [...new Set([...done.ids, ...earlier])],
    freedBytes: space(new Set(done.ids)),
    kept: [...done.kept],
  };
}

/** A version that is gone needs no record; one that has another tag keeps it. */
function isGone(
  build: ReturnType<StoreTransaction['builds']['list']>[number],
  tag: string,
  done: TakenAway,
): boolean {
  return build.build === tag || (build.imageId !== null && done.ids.includes(build.imageId));
}

function inUse(
  own: OwnRepository,
  input: DeleteInput,
  users: readonly ContainerRecord[],
): Ds01Error {
  const names = [...new Set(users.map(operandOf))].toSorted();
  const what = input.tag === null ? own.name : `${own.name}:${input.tag}`;
  const [first = ''] = names;
  return ds01Error('image.in-use', {
    message:
      `${names.length === 1 ? 'Your container' : 'Your containers'} ${names.join(', ')} ` +
      `${names.length === 1 ? 'was' : 'were'} made from ${what}. ` +
      'With --force its names go, and what they need stays until they are gone.',
    hint: `ds01 container retire ${first}`,
    details: { image: own.name, tag: input.tag, containers: names },
  });
}
