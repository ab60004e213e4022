import { claimsOf, type Lease, type LeasedSlot, type Slot } from '@ds01/contracts';
import type { ContainerRecord } from '@ds01/ports';
import { resolveDeviceIds } from '../device-ids.ts';
import { isAlive } from './is-alive.ts';
import type { Adoption, ObservedContainer, ReconcileView, Repair } from './types.ts';

/** Facts about a slot that a lease keeps. */
export function leasedSlotOf(slot: Slot): LeasedSlot {
  return {
    slot: slot.slot,
    uuid: slot.uuid,
    deviceUuid: slot.deviceUuid,
    profile: slot.profile,
    gpuEquivalents: slot.gpuEquivalents,
    memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices],
  };
}

/**
 * Leases for GPU containers that have none: made behind our back, or known only to a lost database.
 * Of others' containers also those that compute on a GPU without having asked for one.
 * Slots that somebody else holds are left out, unless that lease is about to be released, so that no
 * repair ever doubles a claim; containers that run come first.
 */
export function planAdoptions(
  view: ReconcileView,
  containers: readonly ObservedContainer[],
  released: ReadonlySet<Lease>,
): readonly Repair[] {
  const inventory = view.inventory;
  if (inventory === null) return [];
  const taken = new Set(
    view.leases
      .filter((lease) => !released.has(lease))
      .flatMap((lease) => lease.slots.flatMap(claimKeys)),
  );
  const repairs: Repair[] = [];
  for (const container of containers.toSorted(runningFirst)) {
    const { record } = container;
    const inUse = record.managed || !isAlive(container.state) ? [] : view.inUseBy(record.id);
    const found = [...resolveDeviceIds(record.devices, inventory), ...inUse];
    if (record.devices.length > 0 && isOrphan(view, container)) {
      repairs.push({ kind: 'remove-orphan', containerId: container.record.id });
      continue;
    }
    const claim = claimFor(view, container);
    if (claim === null) continue;
    const slots = [
      ...new Map(found.map((slot) => [slot.uuid, leasedSlotOf(slot)])).values(),
    ].filter((slot) => claimKeys(slot).every((key) => !taken.has(key)));
    if (slots.length === 0) continue;
    for (const key of slots.flatMap(claimKeys)) taken.add(key);
    repairs.push({ kind: 'adopt', record, slots, ...claim });
  }
  return repairs;
}

/**
 * Leases that can't be true in a ledger that may be an old copy: a container that runs has the
 * silicon, and the lease's own container doesn't run.
 */
export function oustedBy(
  view: ReconcileView,
  unleased: readonly ObservedContainer[],
): ReadonlySet<Lease> {
  const { inventory } = view;
  if (!view.rebuilding || inventory === null) return new Set();
  const alive = new Set<string | null>(
    view.containers.filter(({ state }) => isAlive(state)).map(({ record }) => record.id),
  );
  const used = new Set(
    unleased
      .filter(({ state }) => isAlive(state))
      .flatMap(({ record }) => resolveDeviceIds(record.devices, inventory))
      .flatMap((slot) => claimKeys(leasedSlotOf(slot))),
  );
  return new Set(
    view.leases.filter(
      (lease) =>
        !alive.has(lease.containerId) &&
        lease.slots.flatMap(claimKeys).some((key) => used.has(key)),
    ),
  );
}

/** The lease that a container has to have if it runs; `null` when its devices aren't known. */
export function adoptionIfAlive(
  view: Pick<ReconcileView, 'inventory'>,
  record: ContainerRecord,
): Adoption | null {
  if (view.inventory === null) return null;
  const slots = resolveDeviceIds(record.devices, view.inventory).map(leasedSlotOf);
  const state = record.managed ? 'bound' : 'external';
  return slots.length === 0 ? null : { kind: 'adopt', record, slots, state, heldUntilMs: null };
}

function claimKeys(slot: LeasedSlot): readonly string[] {
  return claimsOf(slot).map((claim) => `${slot.deviceUuid}/${claim}`);
}

function runningFirst(left: ObservedContainer, right: ObservedContainer): number {
  return Number(isAlive(right.state)) - Number(isAlive(left.state));
}

/** A container whose creator died before it could bind its lease never ran and never will. */
function isOrphan(view: ReconcileView, container: ObservedContainer): boolean {
  return container.state === 'created' && view.neverBound(container.record);
}

function claimFor(
  view: ReconcileView,
  { record, state, finishedAtMs }: ObservedContainer,
): { readonly state: 'bound' | 'held' | 'external'; readonly heldUntilMs: number | null } | null {
  if (!record.managed) return isAlive(state) ? { state: 'external', heldUntilMs: null } : null;
  if (isAlive(state)) return { state: 'bound', heldUntilMs: null };
  if (!view.rebuilding) return null;
  if (state === 'created') return { state: 'bound', heldUntilMs: null };
  const holdMs = view.holdMs(record);
  if (holdMs === null) return { state: 'held', heldUntilMs: null };
  const heldUntilMs = (finishedAtMs ?? view.nowMs) + holdMs;
  return heldUntilMs > view.nowMs ? { state: 'held', heldUntilMs } : null;
}
