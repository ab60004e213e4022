import {
  placeMigInstance,
  type MigGeometry,
  type MigPlacementPolicy,
  type PresentMigInstance,
} from '@ds01/gpu-allocator';
import type { Visit } from './short-stream.ts';

/** How many visits a strategy accepts, each placed when it comes, without knowing the next one. */
export function acceptedBy(
  policy: MigPlacementPolicy,
  server: {
    readonly geometry: MigGeometry;
    readonly gpuCount: number;
    readonly visits: readonly Visit[];
  },
): number {
  const { geometry } = server;
  let tenants: { gpu: number; to: number; instance: PresentMigInstance }[] = [];
  let accepted = 0;
  for (const { from, to, profile } of server.visits) {
    tenants = tenants.filter((tenant) => tenant.to > from);
    const gpus = Array.from({ length: server.gpuCount }, (_, index) => ({
      index,
      geometry,
      instances: tenants.flatMap(({ gpu, instance }) => (gpu === index ? [instance] : [])),
    }));
    const name = geometry.profiles[profile]?.shape.name ?? '';
    const decision = placeMigInstance(gpus, { kind: 'profile', profile: name }, policy);
    if (decision.decision === 'refused') continue;
    tenants.push({ gpu: decision.gpu, to, instance: decision });
    accepted += 1;
  }
  return accepted;
}
