import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { ContainerRecord } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { plannedMounts, sharedGroupsOf } from './deploy/planned-mounts.ts';
import type { Secret } from './deploy/secrets.ts';
import { imageFactsOf, noImageFacts, type ImageFacts } from './identity/image-facts.ts';
import type { CurrentPolicy } from './policy.ts';

/**
 * Mounts again what a container had when it was made: the same folders, opened as their owner
 * today, its own files, its secrets. Pins don't survive a reboot, and folders may have been replaced
 * since. Fails with the errors of pins; `secrets.lost` says what to do.
 */
export async function restorePins(
  deps: ControlPlaneDependencies,
  parts: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly record: ContainerRecord;
    readonly secrets?: readonly Secret[];
  },
  options: UseCaseOptions,
): Promise<void> {
  const { record, caller, policy, secrets } = parts;
  const { mounts, name, workspace, pinKey } = record;
  if (pinKey === null || workspace === null) return;
  const { owner } = caller;
  const own =
    mounts === null
      ? null
      : {
          facts: await factsOrNone(deps, mounts.image, options),
          groups: await sharedGroupsOf(deps, owner, policy),
        };
  const planned = plannedMounts({
    owner,
    policy,
    name,
    workspace,
    createWorkspace: false,
    data: mounts?.data ?? [],
    own,
    secrets: mounts?.secrets === true ? (secrets ?? 'kept') : null,
  });
  try {
    await deps.pins.pin(
      pinKey,
      planned.map(({ request }) => request),
    );
  } catch (error) {
    throw isDs01Error(error) && error.code === 'secrets.lost' ? secretsLost(name, error) : error;
  }
}

/** The image of an old container may be gone: then it has nobody inside but its owner. */
async function factsOrNone(
  deps: ControlPlaneDependencies,
  imageId: string,
  options: UseCaseOptions,
): Promise<ImageFacts> {
  try {
    return await imageFactsOf(deps, imageId, options);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'image.not-found') return noImageFacts;
    throw error;
  }
}

function secretsLost(name: string, cause: unknown) {
  return ds01Error('secrets.lost', {
    message:
      `The secrets of ${name} are gone: they are kept in memory only. ` +
      'Deploy it once more with all its options and secrets; its files are kept.',
    hint: `ds01 container deploy ${name} --secret FILE`,
    details: { name },
    cause,
  });
}
