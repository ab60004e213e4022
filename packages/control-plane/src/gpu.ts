import { allocate, slotStates } from '@ds01/gpu-allocator';
import {
  splitDockerName,
  type GpuExplainOutput,
  type GpuRequest,
  type GpuStatusOutput,
  type Lease,
} from '@ds01/contracts';
import type { SlotOccupancy } from '@ds01/gpu-allocator';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { requireInventory, snapshotOf, withMinimumMemory } from './deploy/reserve.ts';
import type { CurrentPolicy } from './policy.ts';
import { instantOf } from './present.ts';
import { holderName } from './refusal.ts';
import { open } from './use-case.ts';

/** Every device and slot: state, holder as the site shows them, container names only to owners. */
export async function gpuStatus(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly onlyOwn: boolean },
  options: UseCaseOptions = {},
): Promise<GpuStatusOutput> {
  const { now, policy } = await open(deps, options);
  const inventory = requireInventory(now);
  const nowMs = deps.clock.nowMs();
  const states = slotStates(snapshotOf(deps, { inventory, leases: now.leases, policy, nowMs }));
  const shown = input.onlyOwn
    ? states.filter((state) => state.lease?.user === caller.owner.name)
    : states;
  const devices = inventory.devices
    .map((device) => ({
      index: device.index,
      uuid: device.uuid,
      model: device.model,
      memoryBytes: device.memoryBytes,
      migEnabled: device.migMode === 'unknown' ? null : device.migMode === 'enabled',
      health: device.health.state,
      utilization: device.utilizationPercent,
      slots: shown
        .filter((state) => state.slot.deviceUuid === device.uuid)
        .map((state) => slotRow(state, { caller, policy })),
    }))
    .filter((device) => !input.onlyOwn || device.slots.length > 0);
  return { devices, totals: totalsOf(states) };
}

function slotRow(
  occupancy: SlotOccupancy,
  viewer: { readonly caller: Caller; readonly policy: CurrentPolicy },
): GpuStatusOutput['devices'][number]['slots'][number] {
  const { slot, state, lease } = occupancy;
  const own = lease?.user === viewer.caller.owner.name;
  const admin = viewer.caller.owner.uid === 0;
  const endsAtMs = lease === null ? null : (lease.heldUntilMs ?? lease.expiresAtMs);
  return {
    slot: slot.slot,
    uuid: slot.uuid,
    profile: slot.profile,
    gpuEquivalents: slot.gpuEquivalents,
    state,
    user: lease === null ? null : visibleHolder(lease, { ...viewer, full: own || admin }),
    container: lease !== null && (own || admin) ? containerName(lease) : null,
    leaseId: lease !== null && (own || admin) ? lease.id : null,
    expiresAt: endsAtMs === null ? null : instantOf(endsAtMs),
  };
}

function visibleHolder(
  lease: Lease,
  viewer: { readonly policy: CurrentPolicy; readonly full: boolean },
): string | null {
  if (viewer.full) return lease.user;
  return viewer.policy.showHolders === 'none' ? null : holderName(lease, viewer.policy);
}

function containerName(lease: Lease): string {
  return splitDockerName(lease.dockerName)?.name ?? lease.dockerName;
}

function totalsOf(states: readonly SlotOccupancy[]): GpuStatusOutput['totals'] {
  const sum = (rows: readonly SlotOccupancy[]): number =>
    rounded(rows.reduce((total, row) => total + row.slot.gpuEquivalents, 0));
  return {
    gpuEquivalents: sum(states),
    leased: sum(states.filter((row) => row.lease !== null)),
    free: sum(states.filter((row) => row.state === 'free')),
  };
}

/** Sums of sevenths without the noise of binary fractions. */
function rounded(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}

/** What the allocator would do with a request, with a reason for every slot. Changes nothing. */
export async function gpuExplain(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly gpu: GpuRequest },
  options: UseCaseOptions = {},
): Promise<GpuExplainOutput> {
  const { now, policy } = await open(deps, options);
  const inventory = requireInventory(now);
  const nowMs = deps.clock.nowMs();
  const user = policy.forUser(caller.owner.name);
  const decision = allocate(
    snapshotOf(deps, { inventory, leases: now.leases, policy, nowMs }),
    withMinimumMemory(input.gpu, user),
    user.allocation,
  );
  const placed = decision.decision === 'placed';
  return {
    decision: decision.decision,
    code: placed ? null : decision.code,
    reason: decision.reason,
    slots: placed ? decision.slots.map((slot) => slot.slot) : [],
    candidates: decision.candidates.map((candidate) => ({
      slot: candidate.slot,
      uuid: candidate.uuid,
      accepted: candidate.accepted,
      reasons: candidate.reasons.map(({ code, message }) => ({ code, message })),
    })),
  };
}
