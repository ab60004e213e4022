import {
  ds01Error,
  imageReferenceSchema,
  imageRepositoryOf,
  isDs01Error,
  readObjectName,
  type Ds01Error,
  type ImageReference,
  type Slug,
} from '@ds01/contracts';
import type { ImageDetails } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CheckedInput } from './input.ts';
import { createPullReport } from './pull-progress.ts';

/** An image that is on this host. */
export interface LocalImage {
  readonly reference: string;
  readonly details: ImageDetails;
}

/** An image that was found for a request. */
export interface FoundImage extends LocalImage {
  /** It came from a registry, which takes long: whatever was looked at before may have changed. */
  readonly wasPulled: boolean;
}

/**
 * The image of a request, pulled when it isn't here. Without `--image` it is the owner's image of
 * the container's name. Another person's image isn't there, by no name that the engine knows it by.
 * Fails with `image.not-found`, `image.invalid`.
 */
export async function findImage(
  deps: ControlPlaneDependencies,
  request: { readonly checked: CheckedInput; readonly caller: Caller },
  options: UseCaseOptions,
): Promise<FoundImage> {
  const { checked, caller } = request;
  const own = imageRepositoryOf(checked.name, caller.owner.slug);
  if (checked.image === null) {
    const details = await deps.engine.inspectImage(`${own}:latest`, options);
    if (details !== null) return { reference: `${own}:latest`, details, wasPulled: false };
    throw ds01Error('image.not-found', {
      message:
        `${caller.owner.name} has no image "${checked.name}", which this container would use. ` +
        `Name one with --image; one that is built as ${own} is found without.`,
      hint: 'ds01 image list',
      details: { image: `${own}:latest` },
    });
  }
  const reference = checkReference(checked.image);
  for (const candidate of candidatesOf(reference, caller)) {
    const details = await deps.engine.inspectImage(candidate, options);
    if (details === null) continue;
    if (isAnothers(details, { reference: candidate, caller })) throw missingImage(reference, '');
    return { reference: candidate, details, wasPulled: false };
  }
  return pull(deps, withTag(reference), options);
}

/**
 * Fails with `engine.conflict` when a container was made from another image: the name led elsewhere
 * by then, perhaps to what the caller may not use, and the labels speak of the first one.
 */
export function checkMadeFrom({ reference, details }: LocalImage, imageId: string): void {
  if (imageId === details.id) return;
  throw ds01Error('engine.conflict', {
    message: `The image ${reference} was replaced by a newer one while the container was made.`,
    hint: 'run the same command again',
    details: { image: reference },
  });
}

function checkReference(given: string): ImageReference {
  const parsed = imageReferenceSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw ds01Error('image.invalid', {
    message: `${JSON.stringify(given)} is no name of an image.`,
    hint: 'ds01 container deploy thesis --image pytorch/pytorch:latest',
  });
}

/** A bare name is first looked for among the owner's own images. */
function candidatesOf(reference: ImageReference, caller: Caller): readonly string[] {
  const [bare = '', tag = 'latest'] = reference.split(':');
  const name = bare.includes('/') ? null : readObjectName(bare);
  const literal = withTag(reference);
  return name?.ok === true
    ? [`${imageRepositoryOf(name.name, caller.owner.slug)}:${tag}`, literal]
    : [literal];
}

/** As the engine shows it later, so that the same request is recognised again. */
function withTag(reference: ImageReference): ImageReference {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? reference : imageReferenceSchema.parse(`${reference}:latest`);
}

/**
 * Built by somebody else. An image that other tags make public, or the caller's own, isn't. One that
 * has no tag (any more) may be a step of anybody's build, and is reached by guessing its id: only a
 * digest of a registry names it.
 */
function isAnothers(
  { tags }: ImageDetails,
  { reference, caller }: { readonly reference: string; readonly caller: Caller },
): boolean {
  const { slug } = caller.owner;
  return tags.length === 0
    ? !reference.includes('@') || isAnothersTag(reference, slug)
    : tags.every((tag) => isAnothersTag(tag, slug));
}

/** True for a name of an image that only somebody else than the person of this slug may use. */
export function isAnothersTag(tag: string, slug: Slug): boolean {
  return personal.test(tag) && !tag.startsWith(`ds01-${slug}/`);
}

/** The engine takes a name with the prefix of its default registry for the same one. */
const personal = /^(?:(?:index\.)?docker\.io\/)?ds01-[a-z0-9_]+\//i;
const local = /^(?:(?:index\.)?docker\.io\/)?ds01[-/]/i;

function missingImage(reference: string, why: string, cause?: unknown): Ds01Error {
  return ds01Error('image.not-found', {
    message: `There is no image "${reference}" on this server${why}.`,
    hint: 'ds01 image list',
    details: { image: reference },
    cause,
  });
}

async function pull(
  deps: ControlPlaneDependencies,
  reference: ImageReference,
  options: UseCaseOptions,
): Promise<FoundImage> {
  const missing = (why: string, cause?: unknown) => missingImage(reference, why, cause);
  if (options.dryRun === true) throw missing('; a real run would try to pull it');
  if (local.test(reference)) throw missing('');
  options.onProgress?.(`pulling ${reference}`);
  const report = createPullReport(reference, (line) => options.onProgress?.(line));
  try {
    await deps.engine.pullImage(reference, { signal: options.signal, onProgress: report });
  } catch (error) {
    if (isDs01Error(error) && error.code === 'operation.interrupted') throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw missing(`; ${why.replace(/\.$/, '')}`, error);
  }
  const details = await deps.engine.inspectImage(reference, options);
  if (details === null) throw missing('');
  return { reference, details, wasPulled: true };
}
