import type { GpuInventory } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { appendEvent } from '../../events/record-event.ts';
import { queueSiteNotice } from '../../notifications/queue.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { readStored } from '../../read-stored.ts';
import { z } from 'zod';

const key = 'gpu:layout';
const layoutSchema = z.object({
  bootId: z.string(),
  /** Instances of MIG by the device's UUID. */
  devices: z.record(z.string(), z.array(z.string())),
});

/**
 * Remembers how GPUs are divided, and tells when one is divided otherwise than it was: MIG instances
 * don't survive a reboot unless somebody makes them again, and leases on those that are gone are lost.
 * A GPU that is missing or not wholly described says nothing about its layout.
 */
export function noteGpuLayout(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  policy: CurrentPolicy,
  inventory: GpuInventory | null,
): void {
  const seen = layoutOf(inventory);
  if (seen === null) return;
  const bootId = deps.clock.bootId();
  deps.store.transaction((transaction) => {
    const text = transaction.meta.get(key);
    const known = readStored(layoutSchema, text);
    const devices = { ...known?.devices, ...seen };
    const next = JSON.stringify({ bootId, devices });
    if (next === text) return;
    transaction.meta.set(key, next);
    const nowMs = deps.clock.nowMs();
    const afterReboot = known !== null && known.bootId !== bootId;
    for (const [device, after] of Object.entries(seen)) {
      const before = known?.devices[device];
      if (before === undefined || before.join() === after.join()) continue;
      const nobody = { user: null, uid: null, container: null, containerId: null };
      const details = { device, before, after, afterReboot };
      appendEvent(transaction, { type: 'gpu.layout-changed', ...nobody, details }, nowMs);
      if (!afterReboot) continue;
      queueSiteNotice(
        transaction,
        { policy, nowMs },
        {
          title: `${policy.settings.site.name}: GPU ${device} is divided otherwise after the reboot`,
          lines: [
            `Before: ${before.join(', ') || 'whole'}. Now: ${after.join(', ') || 'whole'}.`,
            'Containers whose instance is gone can’t be started on it again.',
            'What is there now: ds01 gpu status',
          ],
          staleAtMs: null,
        },
      );
    }
  });
}

function layoutOf(inventory: GpuInventory | null): Readonly<Record<string, string[]>> | null {
  const known = inventory?.devices.filter(
    ({ health, migMode }) => health.state !== 'unknown' && migMode !== 'unknown',
  );
  if (known === undefined || known.length === 0) return null;
  return Object.fromEntries(
    known.map(({ uuid, instances }) => [
      uuid,
      instances
        .map(({ profile, placement }) => `${profile ?? '?'}@${String(placement?.start ?? '?')}`)
        .toSorted(),
    ]),
  );
}
