import type { ImageDetails } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { keepForItsContainers, removeUnused } from './left-overs.ts';
import type { Slug } from '@ds01/contracts';

/** What became of images whose tags were taken away. */
export interface TakenAway {
  readonly tags: readonly string[];
  /** Images that are gone. */
  readonly ids: readonly string[];
  readonly kept: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Takes tags away, one by one, and with its last one the image. One that containers use stays for them
 * under a name that nobody can use anew; nothing is ever taken from under a container.
 */
export async function takeAway(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  images: readonly ImageDetails[],
  taken: { readonly slug: Slug; readonly isTaken: (tag: string) => boolean },
): Promise<TakenAway> {
  const tags: string[] = [];
  const ids: string[] = [];
  const kept: { name: string; reason: string }[] = [];
  for (const image of images) {
    let isInUse = false;
    const goesWhole = image.tags.every(taken.isTaken);
    const gone: string[] = [];
    for (const tag of image.tags.filter(taken.isTaken)) {
      const removed = await removeUnused(deps, tag);
      if (removed === null) {
        isInUse = true;
        await keepForItsContainers(deps, image, taken.slug);
      }
      gone.push(...((removed ?? (await removeUnused(deps, tag)))?.deleted ?? []));
      tags.push(tag);
    }
    if (gone.includes(image.id)) ids.push(image.id);
    else if (goesWhole) kept.push({ name: nameOf(image), reason: isInUse ? inUse : isBase });
  }
  return { tags, ids, kept };
}

const inUse =
  'containers that were made from it keep working; its space is free when they are gone';
const isBase = 'another image is built on it';

function nameOf({ tags, id }: ImageDetails): string {
  return tags[0]?.replace(/^ds01-[^/]*\//, '') ?? id;
}
