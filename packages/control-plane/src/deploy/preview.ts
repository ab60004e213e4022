import {
  containerIdSchema,
  dockerNameOf,
  isDs01Error,
  type ContainerLimits,
  type ContainerSummary,
  type Placement,
} from '@ds01/contracts';
import { allocate } from '@ds01/gpu-allocator';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { refusalError } from '../refusal.ts';
import { deployResult, limitsFor, type DeployParts, type DeployResult } from './parts.ts';
import { plannedMounts } from './planned-mounts.ts';
import { requireInventory, snapshotOf, withMinimumMemory } from './reserve.ts';

/** A request that would be accepted as things stand. */
export interface Prospect {
  readonly limits: ContainerLimits;
  readonly placement: Placement | null;
}

/**
 * Looks whether a request would be accepted as things stand: its limits, its folders (opened as their
 * owner; a workspace of ours may be missing) and its GPUs. Changes nothing, and fails as the real
 * thing would.
 */
export async function prospectOf(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
): Promise<Prospect> {
  const limits = await limitsFor(deps, parts);
  await checkFolders(deps, parts);
  const placement = parts.checked.input.gpu.kind === 'none' ? null : previewPlacement(deps, parts);
  return { limits, placement };
}

/** What a deploy would make, as its result. */
export async function preview(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
): Promise<DeployResult> {
  const { caller, checked, image } = parts;
  const { limits, placement } = await prospectOf(deps, parts);
  const container: ContainerSummary = {
    name: checked.name,
    dockerName: dockerNameOf(checked.name, caller.owner.slug),
    id: containerIdSchema.parse('0'.repeat(64)),
    user: caller.owner.name,
    state: 'created',
    image: image.reference,
    project: checked.input.project,
    interface: caller.interface,
    managed: true,
    slots: placement?.slots.map((slot) => slot.slot) ?? [],
    gpuEquivalents: placement?.gpuEquivalents ?? 0,
    createdAt: null,
    startedAt: null,
    stopsAt: null,
    stopReason: null,
  };
  return deployResult({ container, lease: null, limits, outcome: 'would-create', placement });
}

async function checkFolders(
  deps: ControlPlaneDependencies,
  { caller, policy, checked }: DeployParts,
): Promise<void> {
  const { name, workspace, createWorkspace, data } = checked;
  const planned = plannedMounts({
    owner: caller.owner,
    policy,
    name,
    workspace,
    createWorkspace,
    data,
    own: null,
    secrets: null,
  });
  for (const { request } of planned) {
    if (request.kind !== 'folder') continue;
    try {
      await deps.pins.check([request]);
    } catch (error) {
      const isMissing = isDs01Error(error) && error.code === 'workspace.not-found';
      if (!isMissing || !request.create) throw error;
    }
  }
}

function previewPlacement(deps: ControlPlaneDependencies, parts: DeployParts): Placement {
  const { caller, policy, now, checked } = parts;
  const user = policy.forUser(caller.owner.name);
  const decision = allocate(
    snapshotOf(deps, {
      inventory: requireInventory(now),
      leases: now.leases,
      policy,
      nowMs: deps.clock.nowMs(),
    }),
    withMinimumMemory(checked.input.gpu, user),
    user.allocation,
  );
  if (decision.decision === 'placed') return decision;
  throw refusalError(decision, { resolved: user.resolved, policy, leases: now.leases });
}
