import {
  containerInterfaceSchema,
  gpuEquivalentsOfLease,
  type ContainerSummary,
  type GpuInventory,
  type Lease,
  type LeaseSummary,
} from '@ds01/contracts';
import { gpuProblemOf } from './gpu-problem.ts';
import { containerStateOf } from './lookup.ts';
import { isAlive } from './reconcile/is-alive.ts';
import type { ObservedContainer, PlannedEnd } from './reconcile/types.ts';

/** RFC 3339 UTC of Unix milliseconds. */
export function instantOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** A container as people and programs see it. */
export function summaryOf(
  container: ObservedContainer,
  lease: Lease | undefined,
  known: {
    readonly startedAtMs?: number | null;
    readonly inventory?: GpuInventory | null;
  } = {},
): ContainerSummary {
  const { record, state } = container;
  const door = containerInterfaceSchema.safeParse(record.interface);
  const ending = endingOf(container, lease);
  const startedAtMs = known.startedAtMs ?? record.startedAtMs;
  const gpuProblem = gpuProblemOf(lease, known.inventory ?? null);
  return {
    name: record.name,
    dockerName: record.dockerName,
    id: record.id,
    user: record.user,
    state: containerStateOf(state),
    image: record.image,
    project: record.project,
    interface: door.success ? door.data : 'unknown',
    managed: record.managed,
    slots: lease?.slots.map((slot) => slot.slot) ?? [],
    gpuEquivalents: lease === undefined ? 0 : gpuEquivalentsOfLease(lease),
    createdAt: instantOf(record.createdAtMs),
    startedAt: startedAtMs === null ? null : instantOf(startedAtMs),
    stopsAt: ending === null ? null : instantOf(ending.atMs),
    stopReason: ending?.reason ?? null,
    ...(gpuProblem === null ? {} : { gpuProblem }),
    ...exemptionOf(record),
  };
}

function exemptionOf(record: ObservedContainer['record']): Pick<ContainerSummary, 'exempt'> {
  if (record.protected) return { exempt: 'protected' };
  return record.monitoring ? { exempt: 'monitoring' } : {};
}

/** The end of a GPU's hold comes before that of its container. */
function endingOf(
  { planned, state }: ObservedContainer,
  lease: Lease | undefined,
): Pick<PlannedEnd, 'atMs' | 'reason'> | null {
  if (lease?.state === 'held' && lease.heldUntilMs !== null) {
    return { atMs: lease.heldUntilMs, reason: 'the GPU is given back then; the container stays' };
  }
  return planned?.whileAlive === isAlive(state) ? planned : null;
}

/** A lease as people and programs see it. */
export function leaseSummaryOf(lease: Lease): LeaseSummary {
  const endsAtMs = lease.expiresAtMs ?? lease.heldUntilMs;
  return {
    id: lease.id,
    user: lease.user,
    state: lease.state,
    slots: lease.slots.map((slot) => slot.slot),
    uuids: lease.slots.map((slot) => slot.uuid),
    gpuEquivalents: gpuEquivalentsOfLease(lease),
    createdAt: instantOf(lease.createdAtMs),
    expiresAt: endsAtMs === null ? null : instantOf(endsAtMs),
  };
}
