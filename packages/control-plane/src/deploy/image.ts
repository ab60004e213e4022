import {
  ds01Error,
  imageRepositoryOf,
  isDs01Error,
  readObjectName,
  type Ds01Error,
} from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { imageAccessOf, isLocalName, type ImageAccess } from '../images/access.ts';
import {
  findLocalImage,
  missingImage,
  pullImage,
  readReference,
  withTag,
  type LocalImage,
} from '../images/find-image.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../policy.ts';
import type { CheckedInput } from './input.ts';
import { createPullReport } from './pull-progress.ts';

/** An image that was found for a request. */
export interface FoundImage extends LocalImage {
  /** It came from a registry, which takes long: whatever was looked at before may have changed. */
  readonly wasPulled: boolean;
}

/** For what an image is looked for. */
export interface ImageRequest {
  readonly checked: CheckedInput;
  readonly caller: Caller;
  /** The one in force when left out. */
  readonly policy?: CurrentPolicy;
}

/**
 * The image of a request, pulled when it isn't here. Without `--image` it is the owner's image of
 * the container's name; a bare name with `--image` is one of the owner's first. Another person's image
 * isn't there unless it is shared, by no name that the engine knows it by. Fails with
 * `image.not-found`, `image.invalid`, `registry.refused`.
 */
export async function findImage(
  deps: ControlPlaneDependencies,
  request: ImageRequest,
  options: UseCaseOptions,
): Promise<FoundImage> {
  const { checked, caller } = request;
  const policy = request.policy ?? loadCurrentPolicy(deps, { dryRun: true });
  if (checked.image === null) return ownImage(deps, request, options);
  const reference = readReference(
    checked.image,
    'ds01 container deploy thesis --image pytorch/pytorch:latest',
  );
  const { slug } = caller.owner;
  const access = imageAccessOf(deps, caller.owner, policy);
  const here = await findLocalImage(deps, { reference, slug, access, own: 'first' }, options);
  if (here !== null) return { ...here, wasPulled: false };
  if (isLocalName(reference)) throw missingImage(withTag(reference), '');
  if (options.dryRun === true) {
    throw missingImage(withTag(reference), '; a real run would try to pull it');
  }
  options.onProgress?.(`pulling ${reference}`);
  const onProgress = createPullReport(reference, (line) => options.onProgress?.(line));
  const { signal } = options;
  const pull = { reference, policy, signal, onProgress };
  const pulled = await pullImage(deps, pull).catch((error: unknown) => {
    throw withOwnImage(error, reference);
  });
  // Whose the name is may have changed while it was fetched.
  const now = imageAccessOf(deps, caller.owner, policy);
  for (const one of [access, now]) refuseUnreadable(pulled, one);
  return { ...pulled, wasPulled: true };
}

/** A bare name may well have been meant as one of the person's own images. */
function withOwnImage(error: unknown, reference: string): unknown {
  const [name = ''] = reference.split(':');
  if (!isDs01Error(error) || /[/@]/.test(reference) || !readObjectName(name).ok) return error;
  if (error.code !== 'image.not-found' && error.code !== 'registry.refused') return error;
  const { message, hint, details } = error;
  return ds01Error(error.code, {
    message: `You have no image "${name}" ("ds01 image create ${name}" makes one). ${message}`,
    hint: hint ?? 'ds01 image list',
    details,
    cause: error,
  });
}

async function ownImage(
  deps: ControlPlaneDependencies,
  { checked, caller }: ImageRequest,
  options: UseCaseOptions,
): Promise<FoundImage> {
  const own = imageRepositoryOf(checked.name, caller.owner.slug);
  const reference = `${own}:latest`;
  const details = await deps.engine.inspectImage(reference, options);
  if (details !== null) return { reference, details, wasPulled: false };
  throw ds01Error('image.not-found', {
    message:
      `${caller.owner.name} has no image "${checked.name}", which this container would use. ` +
      `Build it, or name another one with --image.`,
    hint: `ds01 image create ${checked.name} --framework pytorch`,
    details: { image: reference },
  });
}

function refuseUnreadable({ reference, details }: LocalImage, access: ImageAccess): void {
  if (!access.mayRead(details, reference)) throw missingImage(reference, '');
}

/**
 * Fails with `engine.conflict` when a container was made from another image: the name led elsewhere
 * by then, perhaps to what the caller may not use, and the labels speak of the first one.
 */
export function checkMadeFrom({ reference, details }: LocalImage, imageId: string): void {
  if (imageId === details.id) return;
  throw replaced(reference);
}

function replaced(reference: string): Ds01Error {
  return ds01Error('engine.conflict', {
    message: `The image ${reference} was replaced by a newer one while the container was made.`,
    hint: 'run the same command again',
    details: { image: reference },
  });
}
