import type { GpuNotice } from '@ds01/contracts';
import type { Outputs } from './join-inventory.ts';
import { busSlotOf } from './kernel-events.ts';
import { probeFailure } from './probe-failure.ts';

/**
 * What a reading tells besides its devices: GPUs that the driver has lost, each once and with its
 * UUID where the kernel's log knows it, and sources that could not be read. Throws `gpu.probe-failed`
 * when GPUs that work may be among those that were not listed.
 */
export function inventoryNotices(outputs: Outputs): readonly GpuNotice[] {
  const named = [...lostByName(outputs), ...lostByXid(outputs)];
  const missing = outputs.host.attachedCount - outputs.list.devices.length - named.length;
  if (missing > 0 && outputs.list.isCut === true) {
    throw probeFailure('nvidia-smi -L gave up at a lost GPU, and the others can’t be listed.');
  }
  return [...named, ...(missing > 0 ? [uncounted(missing)] : []), ...unreadSources(outputs)];
}

function lostByName({ list, host, kernel }: Outputs): readonly GpuNotice[] {
  const described = new Set(host.devices.map((device) => device.pciBusId));
  const lost = new Map<string, GpuNotice>();
  for (const { kind, pciBusId, text } of [...list.notices, ...host.notices]) {
    if (kind !== 'unreachable' || (pciBusId !== null && described.has(pciBusId))) continue;
    const slot = pciBusId === null ? null : busSlotOf(pciBusId);
    const faults = slot === null ? [] : (kernel?.faults.get(slot) ?? []);
    const message = [`nvidia-smi says: ${text}`, ...faults.map((fault) => fault.text)].join(' ');
    const uuid = (slot === null ? undefined : kernel?.uuids.get(slot)) ?? null;
    lost.set(pciBusId ?? text, { kind: 'lost', pciBusId, uuid, message });
  }
  return [...lost.values()];
}

/** GPUs with fatal Xids that no output of the tool speaks of any more. */
function lostByXid({ list, host, kernel }: Outputs): readonly GpuNotice[] {
  const known = [...host.devices, ...list.notices, ...host.notices].map((it) => it.pciBusId);
  if (kernel === null || kernel === undefined || known.includes(null)) return [];
  const slots = new Set(known.map((busId) => busSlotOf(busId ?? '')));
  return [...kernel.faults].flatMap(([slot, faults]) => {
    if (slots.has(slot) || faults.length === 0) return [];
    const message = faults.map((fault) => fault.text).join(' ');
    const uuid = kernel.uuids.get(slot) ?? null;
    return [{ kind: 'lost' as const, pciBusId: `${slot}.0`, uuid, message }];
  });
}

function uncounted(count: number): GpuNotice {
  return {
    kind: 'lost',
    pciBusId: null,
    uuid: null,
    message: `The driver counts ${count} more GPU(s) than nvidia-smi lists.`,
  };
}

function unreadSources({ gpuInstances, kernel }: Outputs): readonly GpuNotice[] {
  const messages: string[] = [];
  if (gpuInstances === null) messages.push('The placements of MIG instances could not be read.');
  if (kernel === null) messages.push('The kernel’s log could not be read: Xid errors go unseen.');
  return messages.map((message) => ({ kind: 'unread', pciBusId: null, uuid: null, message }));
}
