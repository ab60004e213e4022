import {
  ds01Error,
  type Ds01Error,
  type GpuInventory,
  type Lease,
  type LeasedSlot,
} from '@ds01/contracts';
import { presenceOfSlot } from './reconcile/presence.ts';

/**
 * What is wrong with the GPUs of a lease, for its owner: sentences without a full stop at the end;
 * `null` when nothing is known to be.
 */
export function gpuProblemOf(
  lease: Lease | undefined,
  inventory: GpuInventory | null,
): string | null {
  if (lease === undefined) return null;
  const found = lease.slots.flatMap((slot) => slotProblem(slot, inventory) ?? []);
  if (found.length > 0) return found.join('; ');
  if (lease.state !== 'lost') return null;
  const slots = lease.slots.map(({ slot }) => slot).join(', ');
  return `GPU ${slots} was lost, and its present state is not known`;
}

function slotProblem(slot: LeasedSlot, inventory: GpuInventory | null): string | null {
  if (inventory === null) return null;
  const device = inventory.devices.find(({ uuid }) => uuid === slot.deviceUuid);
  if (device === undefined) {
    const notice = inventory.notices?.find(({ uuid }) => uuid === slot.deviceUuid);
    const why = notice === undefined ? '' : `: ${sentence(notice.message)}`;
    return `GPU ${slot.slot} is no longer there (${slot.deviceUuid})${why}`;
  }
  const reasons = device.health.reasons.map(sentence).join(', ');
  if (device.health.failed === true) return `GPU ${slot.slot} has failed: ${reasons}`;
  if (presenceOfSlot(inventory, slot) === 'lost') {
    return `GPU ${slot.slot} is divided otherwise now: there is no ${slot.uuid} any more`;
  }
  return device.health.state === 'unhealthy' ? `GPU ${slot.slot} is unhealthy: ${reasons}` : null;
}

function sentence(text: string): string {
  return text.replace(/[.\s]+$/u, '');
}

/**
 * The error `gpu.lost` for a container whose lease is lost, with the way on: another GPU, with what
 * was installed.
 */
export function gpuLost(
  name: string,
  parts: {
    readonly lease: Lease;
    readonly inventory: GpuInventory | null;
    readonly isRunning: boolean;
  },
): Ds01Error {
  const { lease, inventory, isRunning } = parts;
  const problem = gpuProblemOf(lease, inventory) ?? 'Its GPU was lost';
  const way = isRunning
    ? `Stop ${name}, then start it with --recreate: it goes on with another GPU and what was ` +
      'installed. Or retire it and deploy it again. "ds01 container exec" still gets you in.'
    : `Start ${name} with --recreate: it goes on with another GPU and what was installed. Or ` +
      'retire it and deploy it again.';
  return ds01Error('gpu.lost', {
    message: `${problem}. ${way}`,
    hint: isRunning ? `ds01 container stop ${name}` : `ds01 container start ${name} --recreate`,
    details: { name, slots: lease.slots.map(({ slot }) => slot), lease: lease.id },
  });
}
