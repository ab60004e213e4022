import { slotsOf, type GpuInventory, type Lease } from '@ds01/contracts';
import { demandShare, isHighDemand } from '@ds01/lifecycle';
import type { StoreTransaction } from '@ds01/ports';
import { appendEvent } from '../../events/record-event.ts';
import type { CurrentPolicy } from '../../policy.ts';

const key = 'lifecycle:high-demand';

/** Whether the server was in high demand when it was looked at last. */
export function wasHighDemand(meta: Pick<StoreTransaction['meta'], 'get'>): boolean {
  return meta.get(key) === '1';
}

/** Whether the server is in high demand now, and how far. Unknown GPUs change nothing. */
export function highDemandNow(
  policy: CurrentPolicy,
  seen: {
    readonly inventory: GpuInventory | null;
    readonly leases: readonly Lease[];
    readonly wasHigh: boolean;
  },
): { readonly isHigh: boolean; readonly share: number; readonly threshold: number } {
  const { inventory, leases, wasHigh } = seen;
  const threshold = policy.forNobody().resolved.limits['policies.high_demand_threshold'].value;
  if (inventory === null) return { isHigh: wasHigh, share: 0, threshold };
  const healthy = inventory.devices.filter(({ health }) => health.state === 'healthy');
  const healthyGpuEquivalents = new Map<string, number>(
    healthy.map((device) => [
      device.uuid,
      slotsOf(device).reduce((sum, { gpuEquivalents }) => sum + gpuEquivalents, 0),
    ]),
  );
  const share = demandShare({ leases, healthyGpuEquivalents });
  return { isHigh: isHighDemand({ share, threshold, wasHigh }), share, threshold };
}

/** Keeps it, and tells when it changed. */
export function noteDemand(
  transaction: Pick<StoreTransaction, 'meta' | 'events'>,
  demand: ReturnType<typeof highDemandNow>,
  nowMs: number,
): void {
  if (demand.isHigh === wasHighDemand(transaction.meta)) return;
  const { isHigh, share, threshold } = demand;
  transaction.meta.set(key, isHigh ? '1' : '0');
  const nobody = { user: null, uid: null, container: null, containerId: null };
  const type = isHigh ? 'lifecycle.demand-rose' : 'lifecycle.demand-fell';
  const rounded = Math.round(share * 1000) / 1000;
  appendEvent(transaction, { type, ...nobody, details: { share: rounded, threshold } }, nowMs);
}
