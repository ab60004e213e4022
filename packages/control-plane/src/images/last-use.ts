import type { MetaTable } from '@ds01/ports';

const metaPrefix = 'image-used:';

/** Writes down that a container is made from an image now. */
export function noteUse(meta: Pick<MetaTable, 'set'>, imageId: string, nowMs: number): void {
  meta.set(metaPrefix + imageId, String(nowMs));
}

/** When a container was last made from each image, by its id; Unix milliseconds. */
export function readUse(meta: Pick<MetaTable, 'list'>): ReadonlyMap<string, number> {
  return new Map(
    meta.list(metaPrefix).map(({ key, value }) => [key.slice(metaPrefix.length), Number(value)]),
  );
}

/** Forgets images that aren't on this host any more. */
export function forgetUse(
  meta: Pick<MetaTable, 'list' | 'remove'>,
  isThere: (imageId: string) => boolean,
): void {
  for (const imageId of readUse(meta).keys()) {
    if (!isThere(imageId)) meta.remove(metaPrefix + imageId);
  }
}
