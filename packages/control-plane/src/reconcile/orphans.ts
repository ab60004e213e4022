import { isDs01Error, type ContainerId } from '@ds01/contracts';
import type { ContainerListing } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { isLookedAt } from '../identity/image-facts.ts';
import type { CurrentPolicy } from '../policy.ts';

/** Never by force: whoever started it since the engine was listed wants to keep it. */
export async function removeOrphan(deps: ControlPlaneDependencies, id: ContainerId): Promise<void> {
  try {
    await deps.engine.removeContainer(id, { force: false });
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'engine.conflict') throw error;
    deps.logger.warn('a container without a lease was started meanwhile and is left alone', { id });
  }
}

/** What a command that died was reading an image from. It never ran, so nothing of it is needed. */
export async function removeOldLooks(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  looks: readonly ContainerListing[],
): Promise<void> {
  const youngestMs = deps.clock.nowMs() - policy.settings.leases.reserve_ttl_s * 1000;
  for (const { id, createdAtMs } of looks) {
    if (createdAtMs < youngestMs && !isLookedAt(deps, id)) await removeOrphan(deps, id);
  }
}
