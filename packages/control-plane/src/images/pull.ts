import type { RegistryAuth, RouteOutput } from '@ds01/contracts';
import type { ImageDetails } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { createPullReport } from '../deploy/pull-progress.ts';
import { checkName } from '../lookup.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { isLocalName } from './access.ts';
import { imagesNow, type ImagesNow } from './images-now.ts';
import { keepNamed } from './keep-named.ts';
import {
  missingImage,
  ownRepository,
  taggedImage,
  tagExists,
  targetOf,
  type OwnRepository,
} from './own-image.ts';
import { isReservedTag } from './reserved-tags.ts';
import { withHint } from './push.ts';
import { checkRegistryNow, readRegistryReference, type RegistryReference } from './registries.ts';
import { registryTagOf, withTagInTransit } from './transits.ts';

/** What to fetch. */
export interface PullInput {
  readonly reference: string;
  /** What to call it; `null` is the last part of the reference. */
  readonly name: string | null;
  /** Passed to the engine, and nowhere else. */
  readonly auth: RegistryAuth | null;
}

/** Under which name an image will be the person's. Fails with `image.invalid`, `name.invalid`. */
export function nameForPulled(input: Pick<PullInput, 'reference' | 'name'>): string {
  const { path } = readRegistryReference(input.reference);
  const last = path.slice(path.lastIndexOf('/') + 1);
  return checkName(
    input.name ?? last,
    'image',
    (suggestion) => `ds01 image pull ${input.reference} --name ${suggestion}`,
  );
}

/**
 * Fetches an image from a registry as one of this person's: it may have taken their credentials, so
 * that the registry's name, which would be everybody's, is put back to what it was
 * (docs/adr/0021-names-in-transit.md). It gets the registry's tag, but for those that DS01 gives
 * itself (`pulled-…` then); a tag that is there already is only moved when it is `latest`. Fails with
 * `image.not-found`, `image.invalid`, `image.exists`, `name.invalid`, `registry.refused`,
 * `registry.denied`, `image.pull-failed`.
 */
export async function pullOwnImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: PullInput,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.pull'>> {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const source = readRegistryReference(input.reference);
  if (isLocalName(source.familiar)) throw missingImage(input.reference);
  await checkRegistryNow(deps, policy.settings, source);
  const name = nameForPulled(input);
  const tag = isReservedTag(source.tag) ? `pulled-${source.tag}` : source.tag;
  const before = await imagesNow(deps, caller, { ...options, policy });
  const own = ownRepository(before, caller, name);
  if (options.dryRun === true) return previewOf(before, { own, tag, source });
  const report = createPullReport(source.familiar, (line) => options.onProgress?.(line));
  options.onProgress?.(`pulling ${source.familiar}`);
  const transit = {
    target: registryTagOf(source.familiar),
    uid: caller.owner.uid,
    signal: options.signal,
  };
  const moved = await withTagInTransit(deps, transit, async () => {
    const { signal } = options;
    try {
      const how = { signal, auth: input.auth, onProgress: report };
      await deps.engine.pullImage(source.familiar, how);
    } catch (error) {
      throw withHint(error, source);
    }
    const details = await deps.engine.inspectImage(source.familiar, { signal });
    if (details === null) throw missingImage(input.reference);
    return nameOwn(deps, { own, tag, details });
  });
  const now = await imagesNow(deps, caller, { policy });
  const { details, reference } = taggedImage(ownRepository(now, caller, own.name), tag);
  return { image: now.summaryOf(details, reference), note: moved };
}

/** What is there of it now; whether its registry has it, and what, only a real run can tell. */
function previewOf(
  now: ImagesNow,
  parts: {
    readonly own: OwnRepository;
    readonly tag: string;
    readonly source: RegistryReference;
  },
): RouteOutput<'images.pull'> {
  const { own, tag, source } = parts;
  const there =
    own.tags.get(tag) ?? now.all.find((image) => now.tagsOf(image).includes(source.familiar));
  if (there === undefined) throw missingImage(`${own.name}:${tag}`);
  const note = `${own.name}:${tag} would be what ${source.registry} has as ${source.familiar}`;
  return { image: now.summaryOf(there), note };
}

/** Gives what was fetched its name. Returns what people should know. */
async function nameOwn(
  deps: ControlPlaneDependencies,
  parts: { readonly own: OwnRepository; readonly tag: string; readonly details: ImageDetails },
): Promise<string | null> {
  const { own, tag, details } = parts;
  const there = own.tags.get(tag);
  if (there?.id === details.id) return 'it was up to date';
  if (there !== undefined && tag !== 'latest') {
    throw tagExists(own, tag, `ds01 image delete ${own.name} --tag ${tag}`);
  }
  const kept = tag === 'latest' ? await keepNamed(deps, own) : null;
  await deps.engine.tagImage(details.id, targetOf(own, tag));
  return kept === null ? null : `what it was before is ${own.name}:${kept}`;
}
