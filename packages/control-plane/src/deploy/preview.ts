import {
  containerIdSchema,
  dockerNameOf,
  isDs01Error,
  type ContainerLimits,
  type ContainerSummary,
  type Placement,
} from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { placeInTurn } from '../queue/granting/take-turn.ts';
import { refusalError } from '../refusal.ts';
import { deployResult, limitsFor, type DeployParts, type DeployResult } from './parts.ts';
import { plannedMounts } from './planned-mounts.ts';
import { requireInventory, snapshotOf } from './snapshot.ts';

/** What is known of a request beside what it asks for. */
export interface PreviewOptions {
  /** It waits where only others’ GPUs are in its way. */
  readonly waits?: boolean;
  /** GPU equivalents of a container whose place it takes; they aren’t among the leases any more. */
  readonly givesBack?: number;
}

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
  options: PreviewOptions = {},
): Promise<Prospect> {
  const limits = await limitsFor(deps, parts);
  await checkFolders(deps, parts);
  const placement =
    parts.checked.input.gpu.kind === 'none' ? null : previewPlacement(deps, parts, options);
  return { limits, placement };
}

/** What a deploy would make, as its result; of one that `waits`, also when it would wait first. */
export async function preview(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
  options: PreviewOptions = {},
): Promise<DeployResult> {
  const { caller, checked, image } = parts;
  const prospect = await prospectOf(deps, parts, options);
  const { limits, placement } = prospect;
  const isLater = placement === null && checked.input.gpu.kind !== 'none';
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
  const why = isLater ? { reason: 'No GPU is free: it would wait for its turn.' } : placement;
  return deployResult({ container, lease: null, limits, outcome: 'would-create', placement: why });
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

function previewPlacement(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
  { waits = false, givesBack = 0 }: PreviewOptions,
): Placement | null {
  const { caller, policy, now, checked } = parts;
  const { resolved } = policy.forUser(caller.owner.name);
  const inventory = requireInventory(now);
  const { gpu, untilReserved } = checked.input;
  const nowMs = deps.clock.nowMs();
  const snapshot = snapshotOf(deps, { inventory, leases: now.leases, policy, nowMs });
  const { decision } = deps.store.transaction((transaction) =>
    placeInTurn(transaction, {
      caller,
      policy,
      gpu,
      snapshot,
      own: undefined,
      givesBack,
      untilReserved,
    }),
  );
  if (decision.decision === 'placed') return decision;
  if (waits && decision.retryable) return null;
  throw refusalError(decision, { resolved, policy, leases: now.leases, nowMs });
}
