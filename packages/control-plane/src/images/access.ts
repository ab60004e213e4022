import type { Slug } from '@ds01/contracts';
import type { HostAccount, ImageDetails, MetaTable } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';
import { isLeftOver } from './left-overs.ts';
import { sharedWith, type ShareViewer } from './shares.ts';
import { tagsInTransit } from './transits.ts';

/**
 * Which images a person may use at this moment: their own, those that are shared with them, and
 * everybody's. Whatever reads an image for somebody asks here, and says "not found" of all others.
 */
export interface ImageAccess {
  /** True for a tag in the person's own name space. */
  isOwn(tag: string): boolean;
  /** Account name of who shared a tag with this person; `null` for all others. */
  sharedBy(tag: string): string | null;
  /** The names under which the person may use an image: their own, then shared ones, then public ones. */
  tagsOf(image: Pick<ImageDetails, 'tags'>): readonly string[];
  /**
   * Whether the image that was found for a name may be used under it. One that has no tag (any more)
   * may be a step of anybody's build, and is reached by guessing its id: only a digest of a registry
   * names it.
   */
  mayRead(image: Pick<ImageDetails, 'tags' | 'digests'>, reference: string): boolean;
}

/** What a person may use, by what the ledger says now. */
export function imageAccess(meta: Pick<MetaTable, 'list'>, viewer: ShareViewer): ImageAccess {
  const { slug, uid } = viewer.owner;
  const shared = sharedWith(meta, viewer);
  const transits = tagsInTransit(meta);
  const isOwn = (tag: string): boolean => plainReference(tag).startsWith(`ds01-${slug}/`);
  const sharedBy = (tag: string): string | null =>
    isOwn(tag) ? null : shared.sharedBy(plainReference(tag));
  const mayUse = (tag: string): boolean => {
    if (isLeftOver(tag)) return false;
    if (isAnothersTag(tag, slug)) return sharedBy(tag) !== null;
    return !transits.isAnothers(tag, uid);
  };
  const rank = (tag: string): number => (isOwn(tag) ? 0 : sharedBy(tag) === null ? 2 : 1);
  return {
    isOwn,
    sharedBy,
    tagsOf: ({ tags }) => tags.filter(mayUse).toSorted((one, other) => rank(one) - rank(other)),
    mayRead: ({ tags, digests }, reference) => {
      if (isLeftOver(reference)) return false;
      if (isAnothersTag(reference, slug) && sharedBy(reference) === null) return false;
      if (tags.length > 0) return tags.some(mayUse);
      // However the name is written, the engine shows it in one way.
      return reference.includes('@') && digests.some((one) => !transits.isAnothers(one, uid));
    },
  };
}

/** {@link imageAccess} of a person under the policy in force. */
export function imageAccessOf(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  owner: HostAccount,
  policy: Pick<CurrentPolicy, 'forUser'>,
): ImageAccess {
  const { group } = policy.forUser(owner.name);
  return deps.store.transaction(({ meta }) => imageAccess(meta, { owner, group }));
}

/** True for a name in the name space of somebody else than the person of this slug. */
function isAnothersTag(tag: string, slug: Slug): boolean {
  const plain = plainReference(tag);
  return personal.test(plain) && !plain.startsWith(`ds01-${slug}/`);
}

/** True for names that mean something of this server, and are never asked of a registry. */
export function isLocalName(reference: string): boolean {
  return local.test(plainReference(reference));
}

const personal = /^ds01-[a-z0-9_]+\//i;
/** `sha256:…` is the id of an image: whatever is done to such a name is done to that image. */
const local = /^(?:ds01[-/]|sha256(?:[:@]|$))/i;

/** The engine takes a name with the prefix of its default registry for the same one. */
function plainReference(reference: string): string {
  return reference.replace(/^(?:index\.)?docker\.io\/(?:library\/)?/i, '');
}
