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
  await moveToNetwork(api, id, { path: network, aliases, signal });
  return true;
}

/**
 * Puts a container that doesn't run on the network at a path under these further names, whatever it
 * was known as there before, and also when it was on none any more.
 */
export async function moveToNetwork(
  api: EngineApi,
  id: ContainerId,
  target: {
    readonly path: string;
    readonly aliases: readonly string[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { path, aliases, signal } = target;
  const disconnect = { Container: id, Force: true };
  const connect = { Container: id, EndpointConfig: { Aliases: aliases } };
  try {
    await api.send({ method: 'POST', path: `${path}/disconnect`, body: disconnect, signal });
  } catch (error) {
    if (!isDs01Error(error) || !/is not connected to/i.test(error.message)) throw error;
  }
  await api.send({ method: 'POST', path: `${path}/connect`, body: connect, signal });
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
