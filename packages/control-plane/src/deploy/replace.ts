import { ds01Error, isDs01Error, type Lease } from '@ds01/contracts';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { aboutContainer } from '../events/container-events.ts';
import { tellRefusal } from '../events/refusals.ts';
import { renewPending } from '../pending.ts';
import { removePending } from '../pending.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import { finishReplacement } from '../reconcile/replacements.ts';
import { replacementNameOf } from '../replacement-name.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { keepRenewing } from '../renewal.ts';
import { claimContainer, startExisting, type StartRequest } from '../start.ts';
import { endProcesses } from '../stop.ts';
import { makeContainer } from './make.ts';
import { madeResult, makeRequestOf, type DeployParts, type DeployResult } from './parts.ts';
import { preview, prospectOf } from './preview.ts';
import { equivalentsOf, reserveOrRebuild, reserveTtlMs } from './reserve.ts';

/**
 * Puts another container in the place of one that exists, on the same GPU where it fits. What can be
 * known beforehand is checked before the old one is stopped; its GPU is handed over in one
 * transaction, so that nobody gets in between; and it is removed only once the new one is there. When
 * that fails, the old one is started again if it ran.
 */
export async function replace(
  deps: ControlPlaneDependencies,
  parts: DeployParts & { readonly existing: ObservedContainer },
  options: UseCaseOptions,
): Promise<DeployResult> {
  const { existing, now } = parts;
  const isOld = ({ containerId }: Lease): boolean => containerId === existing.record.id;
  const others = now.leases.filter((lease) => !isOld(lease));
  const vacated = { ...parts, now: { ...now, leases: others } };
  const givesBack = { givesBack: equivalentsOf(now.leases.filter(isOld)) };
  if (options.dryRun === true) {
    const planned = await preview(deps, vacated, givesBack);
    const notice = `The ${existing.record.name} that is there would be retired.`;
    const notices = [...planned.limits.notices, notice];
    return { ...planned, limits: { ...planned.limits, notices } };
  }
  const about = aboutContainer(existing.record);
  await tellRefusal(deps, about, () => prospectOf(deps, vacated, givesBack));
  options.signal?.throwIfAborted();
  return underClaim(deps, parts, (claim) => swap(deps, { ...parts, claim }, options));
}

/** Runs a step while nobody else may start the old container, or take its GPU for one given back. */
async function underClaim<T>(
  deps: ControlPlaneDependencies,
  { existing, caller, policy, now }: DeployParts & { readonly existing: ObservedContainer },
  step: (claim: number) => Promise<T>,
): Promise<T> {
  const { dockerName } = existing.record;
  const ttlMs = reserveTtlMs(policy);
  const claim = claimContainer(deps, { caller, policy, now, container: existing });
  const renewal = keepRenewing(deps, ttlMs, () => {
    const renewed = { token: claim, expiresAtMs: deps.clock.nowMs() + ttlMs };
    deps.store.transaction((transaction) => renewPending(transaction, dockerName, renewed));
  });
  try {
    return await step(claim);
  } finally {
    renewal.stop();
    deps.store.transaction((transaction) => {
      removePending(transaction, dockerName, claim);
    });
  }
}

async function swap(
  deps: ControlPlaneDependencies,
  parts: DeployParts & { readonly existing: ObservedContainer; readonly claim: number },
  options: UseCaseOptions,
): Promise<DeployResult> {
  const { existing, caller, policy, now, checked, claim } = parts;
  const { record } = existing;
  const old: StartRequest = { caller, policy, now, container: existing, claim };
  const ran = isAlive(existing.state);
  const input = { force: false, timeoutSeconds: null };
  if (ran) options.onProgress?.(`stopping ${record.name}`);
  try {
    if (ran) await endProcesses(deps, { ...old, input }, {});
    options.signal?.throwIfAborted();
    const reservation = await reserveOrRebuild(deps, {
      caller,
      policy,
      now,
      gpu: checked.input.gpu,
      dockerName: replacementNameOf(record.dockerName),
      replaces: record.id,
      untilReserved: checked.input.untilReserved,
    });
    const made = await makeContainer(deps, makeRequestOf(deps, parts, reservation), options);
    await finishReplacement(deps, { oldId: record.id, newId: made.details.id });
    return madeResult(deps, made, reservation.placement);
  } catch (error) {
    if (ran) await startAgain(deps, old, error);
    throw error;
  }
}

/** The old container goes on, or `why` says that it doesn't. */
async function startAgain(
  deps: ControlPlaneDependencies,
  old: StartRequest,
  why: unknown,
): Promise<void> {
  const { name } = old.container.record;
  try {
    const container = { ...old.container, state: 'exited' as const };
    await startExisting(deps, { ...old, container }, {});
  } catch (error) {
    if (!isDs01Error(why) || !isDs01Error(error)) throw error;
    if (error.code === 'container.not-found') return;
    throw ds01Error(why.code, {
      message: `${why.message} The old ${name} was stopped and could not be started again: ${error.message}`,
      hint: `ds01 container start ${name}`,
      details: why.details,
      cause: why,
    });
  }
}
