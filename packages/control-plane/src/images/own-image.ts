import {
  ds01Error,
  imageReferenceSchema,
  imageRepositoryOf,
  readObjectName,
  type Ds01Error,
  type ObjectName,
} from '@ds01/contracts';
import type { ImageDetails } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import { checkName } from '../lookup.ts';
import type { ImagesNow } from './images-now.ts';
import { isBuildTag, isReservedTag } from './reserved-tags.ts';
import type { RegistryTag } from './transits.ts';

/** A person's image, whether it is there or not. */
export interface OwnRepository {
  readonly name: ObjectName;
  /** `ds01-alice/thesis`. */
  readonly repository: string;
  /** Its tags without the repository, with the image that each leads to. */
  readonly tags: ReadonlyMap<string, ImageDetails>;
}

/** A tag and where it leads. */
export interface FoundImage {
  readonly reference: string;
  readonly details: ImageDetails;
}

/** The person's own image of a name, with no tag when there is none. Fails with `name.invalid`. */
export function ownRepository(
  now: Pick<ImagesNow, 'all'>,
  caller: Pick<Caller, 'owner'>,
  given: string,
): OwnRepository {
  if (given.includes('/')) throw notOwn(given);
  const name = checkName(given, 'image', (suggestion) => `ds01 image show ${suggestion}`);
  const repository = imageRepositoryOf(name, caller.owner.slug);
  const tags = new Map<string, ImageDetails>();
  for (const image of now.all) {
    for (const tag of image.tags) {
      if (tag.startsWith(`${repository}:`)) tags.set(tag.slice(repository.length + 1), image);
    }
  }
  return { name, repository, tags };
}

/** A name with a folder is everybody's or somebody's, there or not. */
function notOwn(given: string): Ds01Error {
  return ds01Error('name.invalid', {
    message: `${JSON.stringify(given)} is no image of your own: those have names without "/", and only they can be changed, shared and brought back.`,
    hint: 'ds01 image list',
    details: { given },
  });
}

/** Where a tag of a person's image leads. Fails with `image.not-found`. */
export function taggedImage(own: OwnRepository, tag: string): FoundImage {
  const details = own.tags.get(tag);
  if (details === undefined) throw missingTag(own, tag);
  return { reference: `${own.repository}:${tag}`, details };
}

/**
 * An image that the person may use, by its name in the list: their own, everybody's, or shared with
 * them. Fails with `name.invalid`, `image.not-found`; what isn't theirs to use isn't there.
 */
export function usableImage(
  now: ImagesNow,
  caller: Pick<Caller, 'owner'>,
  wanted: { readonly name: string; readonly tag: string | null },
): FoundImage {
  const { name: given, tag } = wanted;
  const own = readObjectName(given).ok ? ownRepository(now, caller, given) : null;
  const found = own?.tags.get(tag ?? 'latest');
  if (own !== null && found !== undefined) return taggedImage(own, tag ?? 'latest');
  const reference = imageReferenceSchema.safeParse(given);
  if (!reference.success) {
    checkName(given, 'image', (suggestion) => `ds01 image show ${suggestion}`);
    throw missingImage(given);
  }
  const candidates = candidatesOf(reference.data, caller, tag);
  for (const candidate of candidates) {
    const details = now.all.find((image) => now.tagsOf(image).includes(candidate));
    if (details !== undefined) return { reference: candidate, details };
  }
  throw own !== null && own.tags.size > 0
    ? missingTag(own, tag ?? 'latest')
    : missingImage(tag === null ? given : `${given}:${tag}`);
}

/** The tags that a name may stand for, the person's own first. */
function candidatesOf(
  reference: string,
  caller: Pick<Caller, 'owner'>,
  tag: string | null,
): readonly string[] {
  const colon = reference.lastIndexOf(':');
  const isTagged = colon > reference.lastIndexOf('/');
  const bare = (isTagged ? reference.slice(0, colon) : reference).replace(
    /^(?:(?:index\.)?docker\.io\/)?(?:library\/(?=[^/]+$))?/,
    '',
  );
  const wanted = tag ?? (isTagged ? reference.slice(colon + 1) : 'latest');
  const name = reference.includes('/') ? null : readObjectName(bare);
  const own =
    name?.ok === true ? [`${imageRepositoryOf(name.name, caller.owner.slug)}:${wanted}`] : [];
  return [...own, `${bare}:${wanted}`];
}

/** The error for an image that isn't there, or isn't for this person. */
export function missingImage(name: string): Ds01Error {
  return ds01Error('image.not-found', {
    message: `There is no image "${name}".`,
    hint: 'ds01 image list',
    details: { image: name },
  });
}

function missingTag(own: OwnRepository, tag: string): Ds01Error {
  if (own.tags.size === 0) return missingImage(own.name);
  const tags = [...own.tags.keys()].toSorted();
  return ds01Error('image.not-found', {
    message: `${own.name} has no tag "${tag}"; it has ${tags.join(', ')}.`,
    hint: `ds01 image history ${own.name}`,
    details: { image: own.name, tag, tags },
  });
}

/** Refuses tags that people may not give, with `image.invalid`. */
export function refuseReservedTag(own: Pick<OwnRepository, 'name'>, tag: string): void {
  if (!isReservedTag(tag)) return;
  const whose = isBuildTag(tag)
    ? 'is a tag that a build gets, and stays with it'
    : 'is a tag of what is kept of containers';
  throw ds01Error('image.invalid', {
    message: `${tag} ${whose}. Take another.`,
    hint: `ds01 image tag ${own.name} experiment-1`,
    details: { tag },
  });
}

/** The error for a tag that leads to another image already. */
export function tagExists(
  own: Pick<OwnRepository, 'name'>,
  tag: string,
  hint = `ds01 image tag ${own.name} ${tag} --force`,
): Ds01Error {
  return ds01Error('image.exists', {
    message: `${own.name}:${tag} is there already, and is another version.`,
    hint,
    details: { image: own.name, tag },
  });
}

/** A tag of a person's image as the engine takes it. */
export function targetOf(own: Pick<OwnRepository, 'repository'>, tag: string): RegistryTag {
  return { repository: own.repository, tag };
}
