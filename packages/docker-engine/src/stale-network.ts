import { isDs01Error, type ContainerId } from '@ds01/contracts';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath, networkPath } from './object-paths.ts';
import { listOf, text } from './wire.ts';

const attachedSchema = z.object({
  HostConfig: z.object({ NetworkMode: text }),
  NetworkSettings: z.object({
    Networks: z
      .record(z.string(), z.object({ NetworkID: text, Aliases: listOf(z.string()) }))
      .nullish(),
  }),
});
const networkSchema = z.object({ Id: z.string() });

/**
 * A container that ran once remembers its network by id, so it doesn't start after the network was
 * removed (`docker network prune` does that while the container is stopped) and made anew. Joins it
 * to the network that has the name now; false when there is none, or it isn't another one.
 */
export async function rejoinNetwork(
  api: EngineApi,
  id: ContainerId,
  signal?: AbortSignal,
): Promise<boolean> {
  const path = containerPath(id, '/json');
  const { HostConfig, NetworkSettings } = await api.read(attachedSchema, {
    method: 'GET',
    path,
    signal,
  });
  const name = HostConfig.NetworkMode;
  const attached = NetworkSettings.Networks?.[name];
  const network = networkPath(name);
  if (attached === undefined || network === null) return false;
  const current = await networkIdAt(api, network, signal);
  if (current === null || current === attached.NetworkID) return false;
  const aliases = attached.Aliases.filter((alias) => !id.startsWith(alias));
  const disconnect = { Container: id, Force: true };
  const connect = { Container: id, EndpointConfig: { Aliases: aliases } };
  await api.send({ method: 'POST', path: `${network}/disconnect`, body: disconnect, signal });
  await api.send({ method: 'POST', path: `${network}/connect`, body: connect, signal });
  return true;
}

async function networkIdAt(
  api: EngineApi,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  try {
    return (await api.read(networkSchema, { method: 'GET', path, signal })).Id;
  } catch (error) {
    if (isDs01Error(error) && error.code === 'network.not-found') return null;
    throw error;
  }
}
