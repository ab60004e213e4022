import type { ImageDetails, ImageHistoryEntry } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';

/**
 * Looks at images before they go. The answer tells how many bytes are free when those of these ids are
 * gone: their layers that no image that stays has. Where the engine doesn't say which size is which
 * layer's, it is the smaller number.
 */
export async function measureSpace(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  all: readonly ImageDetails[],
  going: readonly ImageDetails[],
): Promise<(gone: ReadonlySet<string>) => number> {
  const histories = new Map<string, readonly ImageHistoryEntry[]>();
  for (const { id } of going) histories.set(id, await deps.engine.imageHistory(id));
  return (gone) => {
    const counted = new Set(all.filter(({ id }) => !gone.has(id)).flatMap(chainOf));
    let freed = 0;
    for (const image of going.filter(({ id }) => gone.has(id))) {
      const chain = chainOf(image);
      const shared = chain.findLastIndex((key) => counted.has(key)) + 1;
      for (const key of chain) counted.add(key);
      if (shared < chain.length) freed += sizeAbove(shared, histories.get(image.id) ?? []);
    }
    return freed;
  };
}

/** A name for each layer together with all those below it, lowest first. */
function chainOf({ layers }: ImageDetails): readonly string[] {
  return layers.map((_, index) => layers.slice(0, index + 1).join());
}

/** Size of the layers above the lowest `count`, of a history that is newest first. */
function sizeAbove(count: number, history: readonly ImageHistoryEntry[]): number {
  const sizes = history
    .map(({ sizeBytes }) => sizeBytes)
    .filter((size) => size > 0)
    .toReversed();
  // Empty layers have no size, and could be anywhere: at most `count` of the sizes are below.
  return sizes.slice(count).reduce((sum, size) => sum + size, 0);
}
