import type { MountedFolder } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { checkImage } from '../identity/home.ts';
import { imageFactsOf } from '../identity/image-facts.ts';
import { refuseLinkedTargets } from '../identity/linked-targets.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { LocalImage } from '../images/find-image.ts';
import { plannedMounts, sharedGroupsOf } from './planned-mounts.ts';
import type { Secret } from './secrets.ts';

/** What a container's mounts follow from, besides its image. */
export interface MountsRequest {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly name: string;
  readonly workspace: string;
  readonly createWorkspace: boolean;
  readonly data: readonly MountedFolder[];
  readonly secrets: readonly Secret[] | 'kept' | null;
}

/** Everything that the container will see, in its own order. */
export async function planMounts(
  deps: ControlPlaneDependencies,
  parts: { readonly request: MountsRequest; readonly image: LocalImage },
  options: UseCaseOptions,
) {
  const { request, image } = parts;
  const { caller, policy } = request;
  const facts = await imageFactsOf(deps, image.details.id, options);
  checkImage(facts, { reference: image.reference, hasSecrets: request.secrets !== null });
  const targets = request.data.map(({ target }) => target);
  await refuseLinkedTargets(
    deps,
    { imageId: image.details.id, reference: image.reference, targets },
    options,
  );
  const groups = await sharedGroupsOf(deps, caller.owner, policy);
  const { name, workspace, createWorkspace, data, secrets } = request;
  const mounts = plannedMounts({
    owner: caller.owner,
    policy,
    name,
    workspace,
    createWorkspace,
    data,
    own: { facts, groups },
    secrets,
  });
  return {
    facts,
    mounts,
    requests: mounts.map((mount) => mount.request),
    groupIds: groups.map(({ gid }) => gid),
  };
}
