import type { Lease } from '@ds01/contracts';

/** By how much the share must fall below the threshold before demand counts as over. */
const hysteresis = 0.05;
/** Weights are sums of sevenths and the like. */
const roundingError = 1e-9;

const takingStates: readonly Lease['state'][] = ['reserved', 'bound', 'held', 'external'];

/** What demand is told from. */
export interface DemandInput {
  readonly leases: readonly Pick<Lease, 'state' | 'slots'>[];
  /** What healthy devices can give at most, in GPU equivalents, by device. */
  readonly healthyGpuEquivalents: ReadonlyMap<string, number>;
}

/**
 * The share of healthy GPUs that is taken, in GPU equivalents: reserved, bound, held and external
 * leases count alike. From 0 to 1; 0 when no device is healthy.
 */
export function demandShare({ leases, healthyGpuEquivalents }: DemandInput): number {
  let taken = 0;
  for (const { slots } of leases.filter(({ state }) => takingStates.includes(state))) {
    for (const slot of slots) {
      if (healthyGpuEquivalents.has(slot.deviceUuid)) taken += slot.gpuEquivalents;
    }
  }
  const capacity = [...healthyGpuEquivalents.values()].reduce((sum, value) => sum + value, 0);
  return capacity <= 0 ? 0 : Math.min(1, taken / capacity);
}

/**
 * Whether the server is in high demand: from the threshold on, and then until the share is 5 points
 * below it, so that one lease that comes and goes doesn't move everybody's deadlines to and fro.
 */
export function isHighDemand(demand: {
  readonly share: number;
  /** `policies.high_demand_threshold`, 0 to 1. */
  readonly threshold: number;
  readonly wasHigh: boolean;
}): boolean {
  const { share, threshold, wasHigh } = demand;
  if (share >= threshold - roundingError) return true;
  return wasHigh && share > 0 && share >= threshold - hysteresis - roundingError;
}
