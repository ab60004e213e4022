import {
  ds01Error,
  isDs01Error,
  type Ds01Error,
  type RegistryAuth,
  type RouteOutput,
} from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { createPullReport } from '../deploy/pull-progress.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { isLocalName } from './access.ts';
import { imagesNow } from './images-now.ts';
import { ownRepository, taggedImage } from './own-image.ts';
import { checkRegistryNow, readRegistryReference, type RegistryReference } from './registries.ts';
import { registryTagOf, withTagInTransit } from './transits.ts';

/** What to send, and where to. */
export interface PushInput {
  readonly name: string;
  readonly tag: string | null;
  /** `registry.example.org/team/thesis:v1`. */
  readonly target: string;
  /** Passed to the engine, and nowhere else. */
  readonly auth: RegistryAuth | null;
}

/**
 * Sends a person's image to a registry. The registry's name leads to it only meanwhile, and is nobody
 * else's then (docs/adr/0021-names-in-transit.md). Fails with `image.not-found`, `image.invalid`,
 * `registry.refused`, `registry.denied`, `image.push-failed`.
 */
export async function pushImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: PushInput,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.push'>> {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const target = readTarget(input.target);
  const now = await imagesNow(deps, caller, { ...options, policy });
  const own = ownRepository(now, caller, input.name);
  const { details, reference } = taggedImage(own, input.tag ?? 'latest');
  await checkRegistryNow(deps, policy.settings, target);
  const image = now.summaryOf(details, reference);
  if (options.dryRun === true) return { image, target: target.familiar, digest: '' };
  options.onProgress?.(`pushing ${target.familiar}`);
  const report = createPullReport(target.familiar, (line) => options.onProgress?.(line), 'pushing');
  const { signal } = options;
  const digest = await withTagInTransit(
    deps,
    { target: registryTagOf(target.familiar), uid: caller.owner.uid, signal: options.signal },
    async () => {
      await deps.engine.tagImage(details.id, registryTagOf(target.familiar));
      try {
        const sent = await deps.engine.pushImage(target.familiar, {
          signal,
          auth: input.auth,
          onProgress: report,
        });
        await checkUnmoved(deps, target, details.id);
        return sent;
      } catch (error) {
        throw withHint(error, target);
      }
    },
  );
  return { image, target: target.familiar, digest };
}

/** What a registry is asked for is never a name of this server's own: it would be somebody's here. */
function readTarget(given: string): RegistryReference {
  const target = readRegistryReference(given);
  if (target.digest === null && !isLocalName(target.familiar)) return target;
  throw ds01Error('image.invalid', {
    message:
      target.digest === null
        ? `${JSON.stringify(given)} is a name of this server, not of a registry.`
        : 'An image is sent under a tag; the registry says which digest it has.',
    hint: 'ds01 image push thesis registry.example.org/team/thesis:v1',
  });
}

async function checkUnmoved(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  target: RegistryReference,
  id: string,
): Promise<void> {
  if ((await deps.engine.inspectImage(target.familiar))?.id === id) return;
  throw ds01Error('image.push-failed', {
    message: `${target.familiar} was moved by somebody else meanwhile, so another image may have been sent.`,
    hint: 'run the same command again',
    details: { target: target.familiar },
  });
}

/** What to type when a registry wants to know who one is. */
export function withHint(error: unknown, { registry }: RegistryReference): unknown {
  if (!isDs01Error(error) || error.code !== 'registry.denied') return error;
  const denied: Ds01Error = ds01Error('registry.denied', {
    message: error.message,
    hint: `docker login ${registry}`,
    details: error.details,
    cause: error,
  });
  return denied;
}
