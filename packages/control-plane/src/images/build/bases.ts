import { isDs01Error, type BuildEvent, type ImageReference } from '@ds01/contracts';
import { analyseTriggers } from '@ds01/dockerfile-builder';
import type { ImageDetails } from '@ds01/ports';
import type { Caller } from '../../caller.ts';
import { createPullPercent } from '../../deploy/pull-progress.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { imageAccessOf, isLocalName, type ImageAccess } from '../access.ts';
import {
  findLocalImage,
  missingImage,
  pullImage,
  readReference,
  type LocalImage,
} from '../find-image.ts';
import { checkRegistry, readRegistryReference } from '../registries.ts';
import { registryTagOf, withTagInTransit } from '../transits.ts';
import { refuseRemote, refused, type BuildPlan } from './plan.ts';

/** What a build takes from other images. */
export interface Bases {
  /** Ids by the keys of the analysis. */
  readonly images: ReadonlyMap<string, string>;
  /** A base runs instructions of its own. */
  readonly hasTriggers: boolean;
}

/** What images are looked for, and for whom. */
export interface BaseSearch {
  readonly plan: BuildPlan;
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly emit: (event: BuildEvent) => Promise<void>;
  readonly signal: AbortSignal;
}

interface Found {
  readonly reference: ImageReference;
  readonly details: ImageDetails;
}

/**
 * Finds every image that a build takes from outside, fetching those that aren't here, and runs `work`
 * with their ids: the engine never looks a name up by itself. An image that came with credentials is
 * nobody else's: its public name exists only meanwhile. Fails with `image.not-found` (also for what
 * is somebody else's), `registry.refused`, `build.refused`.
 */
export async function withBases<T>(
  deps: ControlPlaneDependencies,
  search: BaseSearch,
  work: (bases: Bases) => Promise<T>,
): Promise<T> {
  const { images } = search.plan.analysis;
  const wanted = [...new Set(images.map(({ reference }) => reference))].map((given) =>
    readReference(given, 'ds01 image bases'),
  );
  const from = new Set(
    images.flatMap(({ usedBy, reference }) => (usedBy === 'from' ? [reference] : [])),
  );
  return each(deps, search, { wanted, found: [] }, (found) => {
    const ids = new Map<string, string>(
      found.map(({ reference, details }) => [reference, details.id]),
    );
    const bases = found.filter(({ reference }) => from.has(reference));
    for (const base of bases) refuseTriggers(base, search.policy);
    return work({
      images: new Map(images.map(({ key, reference }) => [key, ids.get(reference) ?? ''])),
      hasTriggers: bases.some(({ details }) => details.onBuild.length > 0),
    });
  });
}

async function each<T>(
  deps: ControlPlaneDependencies,
  search: BaseSearch,
  at: { readonly wanted: readonly ImageReference[]; readonly found: readonly Found[] },
  work: (found: readonly Found[]) => Promise<T>,
): Promise<T> {
  const [reference, ...wanted] = at.wanted;
  if (reference === undefined) return work(at.found);
  const goOn = ({ details }: LocalImage): Promise<T> =>
    each(deps, search, { wanted, found: [...at.found, { reference, details }] }, work);
  const { caller, policy, plan } = search;
  const access = imageAccessOf(deps, caller.owner, policy);
  const { slug } = caller.owner;
  const here = await findLocalImage(deps, { reference, slug, access, own: 'last' }, search);
  if (here !== null && !(plan.input.pull && isFromRegistry(here, access))) return goOn(here);
  return fetched(deps, search, { reference, access }, goOn);
}

/** Nothing newer can be there of what never came from a registry. */
function isFromRegistry({ reference, details }: LocalImage, access: ImageAccess): boolean {
  return details.digests.length > 0 && !access.isOwn(reference) && !isLocalName(reference);
}

/**
 * Everybody's when the registry gives it to everybody; else fetched with the person's credentials,
 * under a name that is theirs alone for as long as `work` runs.
 */
async function fetched<T>(
  deps: ControlPlaneDependencies,
  search: BaseSearch,
  image: { readonly reference: ImageReference; readonly access: ImageAccess },
  work: (image: LocalImage) => Promise<T>,
): Promise<T> {
  const { reference, access } = image;
  const { policy, signal, emit, plan, caller } = search;
  if (isLocalName(reference)) throw missingImage(reference, '');
  const parts = readRegistryReference(reference);
  checkRegistry(policy.settings, parts);
  const auth = plan.input.auth[parts.registry] ?? null;
  const onProgress = createPullPercent((percent) => {
    emit({ event: 'pull', reference, percent }).catch(() => undefined);
  });
  await emit({ event: 'pull', reference, percent: 0 });
  const request = { reference, policy, signal, onProgress };
  let pulled: LocalImage;
  try {
    pulled = await pullImage(deps, request);
  } catch (error) {
    const isRefused = isDs01Error(error) && error.code === 'image.not-found';
    if (auth === null || !isRefused) throw error;
    // As the engine will show it, however it was written.
    const wanted = { ...request, reference: parts.familiar, auth };
    const moved = { target: registryTagOf(parts.familiar), uid: caller.owner.uid };
    return withTagInTransit(deps, moved, async () => work(await pullImage(deps, wanted)));
  }
  // Whose the name is may have changed while it was fetched.
  const now = imageAccessOf(deps, caller.owner, policy);
  const mayRead = [access, now].every((one) => one.mayRead(pulled.details, pulled.reference));
  if (!mayRead) throw missingImage(reference, '');
  return work(pulled);
}

/**
 * Instructions that come with the base run unseen in the build: they may not name images, which would
 * be looked up without anybody asking who may read them, nor addresses.
 */
function refuseTriggers({ reference, details }: Found, { settings }: CurrentPolicy): void {
  if (details.onBuild.length === 0) return;
  const analysis = analyseTriggers(details.onBuild);
  const isClear = analysis.ok && analysis.images.length === 0 && analysis.usesBuildKit.length === 0;
  if (!isClear) {
    throw refused(
      `The image ${reference} runs instructions of its own (ONBUILD) that take something from ` +
        'other images, or that can’t be judged.',
      'build on another image: ds01 image bases',
    );
  }
  refuseRemote(analysis, { settings, where: `The image ${reference} (ONBUILD)` });
}
