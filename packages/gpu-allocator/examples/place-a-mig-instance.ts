import { migGeometryOf, placeMigInstance } from '@ds01/gpu-allocator';
import type { GpuDevice } from '@ds01/contracts';

/** How to make a MIG instance of a profile with `nvidia-smi`, or why there is no place for it. */
export function placeInstance(devices: readonly GpuDevice[], profile: string): string {
  const gpus = devices.flatMap((device) => {
    const geometry = migGeometryOf(device.model);
    const usable = device.migMode === 'enabled' && device.health.state === 'healthy';
    if (geometry === undefined || !usable) return [];
    return [{ index: device.index, geometry, instances: device.instances }];
  });
  const decision = placeMigInstance(gpus, { kind: 'profile', profile }, { strategy: 'packed' });
  if (decision.decision === 'refused') return `${decision.code}: ${decision.reason}`;
  const { gpu, placement, reason } = decision;
  return `nvidia-smi mig -i ${gpu} -cgi ${decision.profile}:${placement.start} -C\n${reason}`;
}
