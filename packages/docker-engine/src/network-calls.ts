import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { ContainerEngine, EngineNetwork } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { networkPath } from './object-paths.ts';
import { moveToNetwork } from './stale-network.ts';
import { listOf, stringMap } from './wire.ts';

const bridgeOption = 'com.docker.network.bridge.name';

/** One element of `GET /networks`. */
const networkSchema = z
  .object({
    Id: z.string(),
    Name: z.string(),
    Driver: z.string(),
    IPAM: z.object({ Config: listOf(z.object({ Subnet: z.string().optional() })) }).nullish(),
    Options: stringMap,
    Labels: stringMap,
  })
  .transform((network): EngineNetwork => ({
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
    bridge: network.Options[bridgeOption] ?? null,
    labels: network.Labels,
  }));

/** Network calls. Bridges are made with their name and subnet given, never from the engine's pools. */
export function createNetworkCalls(
  api: EngineApi,
): Pick<ContainerEngine, 'listNetworks' | 'createNetwork' | 'rejoinNetwork' | 'removeNetwork'> {
  return {
    listNetworks: (options) =>
      api.read(z.array(networkSchema), {
        method: 'GET',
        path: '/networks',
        signal: options?.signal,
      }),
    async createNetwork(spec, options) {
      const created = await api.read(z.object({ Id: z.string() }), {
        method: 'POST',
        path: '/networks/create',
        body: {
          Name: spec.name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Internal: false,
          EnableIPv6: false,
          IPAM: { Driver: 'default', Config: [{ Subnet: spec.subnet }] },
          Options: { [bridgeOption]: spec.bridge },
          Labels: spec.labels,
        },
        signal: options?.signal,
      });
      return created.Id;
    },
    async rejoinNetwork(id, { mode, aliases }) {
      const path = networkPath(mode);
      if (path === null) throw noNetwork(mode);
      await moveToNetwork(api, id, { path, aliases });
    },
    async removeNetwork(name) {
      const path = networkPath(name);
      if (path === null) return;
      try {
        await api.send({ method: 'DELETE', path });
      } catch (error) {
        if (!isDs01Error(error) || error.code !== 'network.not-found') throw error;
      }
    },
  };
}

function noNetwork(name: string) {
  return ds01Error('network.not-found', { message: `network ${name} not found` });
}
