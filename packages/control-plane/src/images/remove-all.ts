import { objectNameSchema, type Slug } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { isLeftOver, removeLeftOvers } from './left-overs.ts';
import { forgetUse } from './last-use.ts';
import { forgetShare } from './shares.ts';
import { takeAway } from './take-away.ts';

/**
 * Removes all images of a person, with whom they are shared, and the records of their builds. What
 * containers of others were made from stays for them, under no name of this person's. Returns the tags
 * that went (or would go), by name.
 */
export async function removeAllImages(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store'>,
  owner: { readonly slug: Slug; readonly uid: number | null },
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly string[]> {
  const { slug, uid } = owner;
  const prefix = `ds01-${slug}/`;
  const isTaken = (tag: string): boolean => tag.startsWith(prefix) && !isLeftOver(tag);
  const all = await deps.engine.listImages();
  const images = all.filter(({ tags }) => tags.some(isTaken));
  const tags = images.flatMap((image) => image.tags.filter(isTaken)).toSorted();
  if (dryRun) return tags;
  deps.store.transaction(({ meta }) => {
    // First: whoever gets a name later must not find it shared.
    for (const tag of tags) {
      const name = objectNameSchema.safeParse(tag.slice(prefix.length).split(':')[0]);
      if (name.success) forgetShare(meta, slug, name.data);
    }
  });
  const taken = await takeAway(deps, images, { slug, isTaken });
  await removeLeftOvers(deps, all, slug);
  const after = new Set((await deps.engine.listImages()).map(({ id }) => id));
  deps.store.transaction(({ builds, meta }) => {
    const known = uid === null ? [] : builds.list({ uid, name: null });
    for (const build of known) if (build.state !== 'running') builds.remove(build);
    forgetUse(meta, (id) => after.has(id));
  });
  return taken.tags.toSorted();
}
