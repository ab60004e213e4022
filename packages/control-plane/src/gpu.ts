import { slotStates } from '@ds01/gpu-allocator';
import {
  splitDockerName,
  type DeviceUuid,
  type GpuDevice,
  type GpuExplainOutput,
  type GpuInventory,
  type GpuRequest,
  type GpuStatusOutput,
  type Lease,
} from '@ds01/contracts';
import type { SlotOccupancy } from '@ds01/gpu-allocator';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { requireInventory, snapshotOf } from './deploy/snapshot.ts';
import { placeInTurn } from './queue/granting/take-turn.ts';
import type { CurrentPolicy } from './policy.ts';
import { instantOf } from './present.ts';
import { holderName } from './refusal.ts';
import { reservationsSeenBy } from './reservations/seen-by.ts';
import { open, type Opened } from './use-case.ts';

/** Every device and slot: state, holder as the site shows them, container names only to owners. */
export async function gpuStatus(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly onlyOwn: boolean; readonly user?: string | null },
  options: UseCaseOptions = {},
): Promise<GpuStatusOutput> {
  return gpuStatusOf(deps, await open(deps, options), { ...input, caller });
}

/** {@link gpuStatus} of what was looked at already. Fails with `gpu.probe-failed`. */
export function gpuStatusOf(
  deps: ControlPlaneDependencies,
  { now, policy }: Opened,
  asked: { readonly caller: Caller; readonly onlyOwn: boolean; readonly user?: string | null },
): GpuStatusOutput {
  const { caller } = asked;
  const inventory = requireInventory(now);
  const nowMs = deps.clock.nowMs();
  const states = slotStates(snapshotOf(deps, { inventory, leases: now.leases, policy, nowMs }));
  const viewer = { caller, policy };
  const { onlyOwn, user = null } = asked;
  // By the holder's name as the viewer may see it: who sees no names finds nobody.
  const isShown = (lease: Lease | null): boolean =>
    (!onlyOwn || lease?.user === caller.owner.name) &&
    (user === null || holderFields(lease, viewer).user === user);
  const isPart = onlyOwn || user !== null;
  const shown = isPart ? states.filter(({ lease }) => isShown(lease)) : states;
  const devices = inventory.devices
    .map((device) => ({
      ...deviceRow(device),
      slots: shown
        .filter((state) => state.slot.deviceUuid === device.uuid)
        .map((state) => slotRow(state, { caller, policy })),
    }))
    .filter((device) => !isPart || device.slots.length > 0);
  const lost = lostDevices(now.leases, inventory).filter(
    (device) => !isPart || device.leases.some(isShown),
  );
  return {
    devices: [...devices, ...lost.map((device) => lostRow(device, { caller, policy, inventory }))],
    totals: totalsOf(states),
    ...noticesOf(inventory),
    ...reservationsSeenBy(caller, policy, nowMs),
  };
}

function deviceRow(device: GpuDevice): Omit<GpuStatusOutput['devices'][number], 'slots'> {
  const { health } = device;
  return {
    index: device.index,
    uuid: device.uuid,
    model: device.model,
    memoryBytes: device.memoryBytes,
    migEnabled: device.migMode === 'unknown' ? null : device.migMode === 'enabled',
    health: health.state,
    ...(health.reasons.length === 0 ? {} : { healthReasons: [...health.reasons] }),
    utilization: device.utilizationPercent,
    memoryUsedBytes: device.memoryUsedBytes,
    // Of a device that isn't described wholly, the list may be short.
    ...(health.state === 'unknown' ? {} : { processes: device.processes.length }),
  };
}

/** Which sources can't be read is for the doctor: it says nothing about any GPU. */
function noticesOf({ notices = [] }: GpuInventory): Pick<GpuStatusOutput, 'notices'> {
  const lost = notices.filter(({ kind }) => kind === 'lost');
  return lost.length === 0 ? {} : { notices: lost.map(({ message }) => message) };
}

interface LostDevice {
  readonly uuid: DeviceUuid;
  readonly leases: readonly Lease[];
}

/** Devices that are leased but no longer there: people must see what became of theirs. */
function lostDevices(leases: readonly Lease[], inventory: GpuInventory): readonly LostDevice[] {
  const present = new Set(inventory.devices.map((device) => device.uuid));
  const lost = new Map<DeviceUuid, Lease[]>();
  for (const lease of leases) {
    for (const uuid of new Set(lease.slots.map((slot) => slot.deviceUuid))) {
      if (!present.has(uuid)) lost.set(uuid, [...(lost.get(uuid) ?? []), lease]);
    }
  }
  return [...lost].map(([uuid, own]) => ({ uuid, leases: own }));
}

function lostRow(
  device: LostDevice,
  viewer: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly inventory: GpuInventory;
  },
): GpuStatusOutput['devices'][number] {
  const slots = device.leases.flatMap((lease) =>
    lease.slots
      .filter((slot) => slot.deviceUuid === device.uuid)
      .map((slot) => ({
        slot: slot.slot,
        uuid: slot.uuid,
        profile: slot.profile,
        gpuEquivalents: slot.gpuEquivalents,
        ...holderFields(lease, viewer),
        state: 'lost' as const,
      })),
  );
  const notices = viewer.inventory.notices ?? [];
  const reasons = notices.flatMap(({ uuid, message }) => (uuid === device.uuid ? [message] : []));
  return {
    index: Number(slots[0]?.slot.split(':')[0] ?? 0),
    uuid: device.uuid,
    model: 'unknown (no longer there)',
    memoryBytes: null,
    migEnabled: null,
    health: 'unhealthy',
    healthReasons: reasons.length === 0 ? ['The driver does not list it any more.'] : reasons,
    utilization: null,
    slots,
  };
}

function slotRow(
  occupancy: SlotOccupancy,
  viewer: { readonly caller: Caller; readonly policy: CurrentPolicy },
): GpuStatusOutput['devices'][number]['slots'][number] {
  const { slot, state, lease } = occupancy;
  return {
    slot: slot.slot,
    uuid: slot.uuid,
    profile: slot.profile,
    gpuEquivalents: slot.gpuEquivalents,
    state,
    ...holderFields(lease, viewer),
  };
}

/** Who holds a slot, as far as the viewer may see it. */
function holderFields(
  lease: Lease | null,
  viewer: { readonly caller: Caller; readonly policy: CurrentPolicy },
): Pick<
  GpuStatusOutput['devices'][number]['slots'][number],
  'user' | 'container' | 'leaseId' | 'expiresAt'
> {
  if (lease === null) return { user: null, container: null, leaseId: null, expiresAt: null };
  const { owner, role } = viewer.caller;
  const full = lease.user === owner.name || role === 'admin';
  const endsAtMs = lease.heldUntilMs ?? lease.expiresAtMs;
  return {
    user: visibleHolder(lease, { policy: viewer.policy, full }),
    container: full ? containerName(lease) : null,
    leaseId: full ? lease.id : null,
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
  // Not the name of one that DS01 made.
  if (lease.state === 'external') return lease.dockerName;
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
  const snapshot = snapshotOf(deps, { inventory, leases: now.leases, policy, nowMs });
  const asked = { caller, policy, snapshot, gpu: input.gpu, own: undefined };
  const { decision } = deps.store.transaction((transaction) => placeInTurn(transaction, asked));
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
