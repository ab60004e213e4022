import { imageRepositoryOf, type ObjectName, type Slug } from '@ds01/contracts';
import type { HostAccount, MetaTable } from '@ds01/ports';
import { z } from 'zod';

const metaPrefix = 'image-share:';

const shareSchema = z.strictObject({
  /** Account name of whoever shares. */
  by: z.string(),
  /** An account is its number: a later one of the same name is somebody else. */
  users: z.array(z.strictObject({ name: z.string(), uid: z.int() })),
  /** Groups of the limits file. */
  groups: z.array(z.string()),
});
/** With whom an image is shared. */
export type ImageShare = z.infer<typeof shareSchema>;

/** Whoever may have been given an image. */
export interface ShareViewer {
  readonly owner: Pick<HostAccount, 'uid' | 'slug'>;
  /** Their group of the limits file. */
  readonly group: string;
}

/** Layers that were kept of containers: they belong to nobody else, whatever their image is shared with. */
const keptTag = /:kept-\d+$/;

/** With whom somebody shares an image; nobody when they don't. */
export function readShare(meta: Pick<MetaTable, 'get'>, slug: Slug, name: ObjectName): ImageShare {
  return parse(meta.get(metaPrefix + imageRepositoryOf(name, slug)));
}

/** Writes down with whom an image is shared; with nobody, nothing is left. */
export function writeShare(
  meta: Pick<MetaTable, 'set' | 'remove'>,
  image: { readonly slug: Slug; readonly name: ObjectName },
  share: ImageShare,
): void {
  const key = metaPrefix + imageRepositoryOf(image.name, image.slug);
  if (share.users.length === 0 && share.groups.length === 0) meta.remove(key);
  else meta.set(key, JSON.stringify(share));
}

/** An image that is gone is shared with nobody, whatever gets its name later. */
export function forgetShare(meta: Pick<MetaTable, 'remove'>, slug: Slug, name: ObjectName): void {
  meta.remove(metaPrefix + imageRepositoryOf(name, slug));
}

/** Tells for tags as the engine has them (`ds01-bob/thesis:latest`) who shared them with a person. */
export interface SharedImages {
  /** Account name of who shared it; `null` for what isn't shared with this person. */
  sharedBy(tag: string): string | null;
}

/** What others share with a person. Layers that were kept of containers (`kept-<n>`) never are. */
export function sharedWith(meta: Pick<MetaTable, 'list'>, viewer: ShareViewer): SharedImages {
  const byRepository = new Map<string, string>();
  for (const { key, value } of meta.list(metaPrefix)) {
    const share = parse(value);
    const isGiven =
      share.users.some(({ uid }) => uid === viewer.owner.uid) ||
      share.groups.includes(viewer.group);
    if (isGiven) byRepository.set(key.slice(metaPrefix.length), share.by);
  }
  return {
    sharedBy: (tag) =>
      keptTag.test(tag) ? null : (byRepository.get(tag.slice(0, tag.lastIndexOf(':'))) ?? null),
  };
}

function parse(text: string | null): ImageShare {
  const nobody = { by: '', users: [], groups: [] };
  if (text === null) return nobody;
  const read = shareSchema.safeParse(JSON.parse(text));
  return read.success ? read.data : nobody;
}
