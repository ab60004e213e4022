import { isDs01Error, type Slug } from '@ds01/contracts';
import type { ImageDetails } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';

/**
 * Holds what was deleted while containers use it: with its last name the engine would take the image
 * from under those that don't run. No name of an image of a person's has two underscores.
 */
const folder = 'deleted__images';

/** True for a tag of an image that was deleted and is still used; nobody can use it anew. */
export function isLeftOver(tag: string): boolean {
  return tag.split(':')[0]?.endsWith(`/${folder}`) === true;
}

/** Gives an image a name that only keeps it for the containers that use it. */
export async function keepForItsContainers(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  image: ImageDetails,
  slug: Slug,
): Promise<void> {
  const tag = image.id.replace(/^sha256:/, '').slice(0, 12);
  await deps.engine.tagImage(image.id, { repository: `ds01-${slug}/${folder}`, tag });
}

/** Removes what this person deleted and nothing uses any more. Returns the ids of what is gone. */
export async function removeLeftOvers(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  images: readonly ImageDetails[],
  slug: Slug,
): Promise<readonly string[]> {
  const gone: string[] = [];
  for (const { id, tags } of images) {
    for (const tag of leftOversOf([{ tags }], slug)) {
      const removed = await removeUnused(deps, tag);
      if (removed?.deleted.includes(id) === true) gone.push(id);
    }
  }
  return gone;
}

/** Tags of what this person deleted while it was used. */
export function leftOversOf(
  images: readonly Pick<ImageDetails, 'tags'>[],
  slug: Slug,
): readonly string[] {
  return images
    .flatMap(({ tags }) => tags)
    .filter((tag) => tag.startsWith(`ds01-${slug}/`) && isLeftOver(tag));
}

/** Removes a tag; `null` when containers use what it alone leads to, and nothing happened. */
export async function removeUnused(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  reference: string,
): Promise<{ readonly untagged: readonly string[]; readonly deleted: readonly string[] } | null> {
  try {
    return await deps.engine.removeImage(reference);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'engine.conflict') return null;
    if (isDs01Error(error) && error.code === 'image.not-found')
      return { untagged: [], deleted: [] };
    throw error;
  }
}
