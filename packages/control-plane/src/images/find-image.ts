import {
  ds01Error,
  imageReferenceSchema,
  imageRepositoryOf,
  isDs01Error,
  readObjectName,
  type Ds01Error,
  type ImageReference,
  type RegistryAuth,
  type Slug,
} from '@ds01/contracts';
import type { ImageDetails, PullProgress } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';
import { isLocalName, type ImageAccess } from './access.ts';
import { checkRegistryNow, readRegistryReference } from './registries.ts';

/** An image that is on this host. */
export interface LocalImage {
  readonly reference: string;
  readonly details: ImageDetails;
}

/** What is looked for, and for whom. */
export interface ImageSearch {
  /** As it was written, see {@link readReference}. */
  readonly reference: ImageReference;
  readonly slug: Slug;
  readonly access: ImageAccess;
  /** Whether a bare name is one of the person's own images first, or only when nothing else has it. */
  readonly own: 'first' | 'last';
}

/** A reference as people write it. Fails with `image.invalid`. */
export function readReference(given: string, hint: string): ImageReference {
  const parsed = imageReferenceSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw ds01Error('image.invalid', {
    message: `${JSON.stringify(given)} is no name of an image.`,
    hint,
  });
}

/**
 * The image of this host that a reference means for a person; `null` when there is none. Somebody
 * else's isn't there, by no name or id that the engine knows it by: `image.not-found`, without a look
 * at any registry.
 */
export async function findLocalImage(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  search: ImageSearch,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<LocalImage | null> {
  for (const candidate of candidatesOf(search)) {
    const details = await deps.engine.inspectImage(candidate, { signal: options.signal });
    if (details === null) continue;
    if (search.access.mayRead(details, candidate)) return { reference: candidate, details };
    throw missingImage(search.reference, '');
  }
  return null;
}

function candidatesOf({ reference, slug, own }: ImageSearch): readonly string[] {
  const [bare = '', tag = 'latest'] = reference.split(':');
  const name = reference.includes('/') || reference.includes('@') ? null : readObjectName(bare);
  const owned = name?.ok === true ? [`${imageRepositoryOf(name.name, slug)}:${tag}`] : [];
  const literal = [withTag(reference)];
  const id = /^[0-9a-f]{12,64}$/.test(reference) ? [reference] : [];
  return own === 'first' ? [...owned, ...literal, ...id] : [...literal, ...owned, ...id];
}

/** As the engine shows it later, so that the same request is recognised again. */
export function withTag(reference: ImageReference): ImageReference {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  return /[:@]/.test(last) ? reference : imageReferenceSchema.parse(`${reference}:latest`);
}

/** "Not found", for what isn't there and for what is somebody else's alike. */
export function missingImage(reference: string, why: string, cause?: unknown): Ds01Error {
  return ds01Error('image.not-found', {
    message: `There is no image "${reference}" on this server${why}.`,
    hint: 'ds01 image list',
    details: { image: reference },
    cause,
  });
}

/** How to fetch an image. */
export interface PullRequest {
  readonly reference: ImageReference;
  readonly policy: Pick<CurrentPolicy, 'settings'>;
  readonly auth?: RegistryAuth | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/**
 * Fetches an image from its registry. Names of this server are never asked of one: they would come to
 * be what that name means here. Fails with `registry.refused`, `image.not-found` (with the registry's
 * reason), `operation.interrupted`.
 */
export async function pullImage(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'names'>,
  { reference, policy, ...options }: PullRequest,
): Promise<LocalImage> {
  const wanted = withTag(reference);
  if (isLocalName(wanted)) throw missingImage(wanted, '');
  await checkRegistryNow(deps, policy.settings, readRegistryReference(wanted));
  try {
    await deps.engine.pullImage(wanted, options);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'operation.interrupted') throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw missingImage(wanted, `; ${why.replace(/\.$/, '')}`, error);
  }
  const details = await deps.engine.inspectImage(wanted, { signal: options.signal });
  if (details === null) throw missingImage(wanted, '');
  return { reference: wanted, details };
}
