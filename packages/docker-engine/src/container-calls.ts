import { containerIdSchema, isDs01Error } from '@ds01/contracts';
import type { ContainerEngine } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { createBodyOf } from './create-body.ts';
import { containerPath } from './object-paths.ts';
import { rejoinNetwork } from './stale-network.ts';
import { detailsSchema, listingSchema } from './wire-container.ts';

type ContainerCalls = Pick<
  ContainerEngine,
  | 'listContainers'
  | 'inspectContainer'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'pauseContainer'
  | 'unpauseContainer'
  | 'removeContainer'
  | 'renameContainer'
>;

const createdSchema = z.object({ Id: containerIdSchema });

/**
 * The container calls that every command makes. They are plain requests: loading dockerode would
 * cost each of them more than the engine's own answer.
 */
export function createContainerCalls(api: EngineApi): ContainerCalls {
  const post = (
    path: string,
    query: Readonly<Record<string, string | number>> = {},
    more: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number } = {},
  ): Promise<number> => api.send({ method: 'POST', path, query, ...more });

  async function removalDone(id: string): Promise<void> {
    try {
      await post(containerPath(id, '/wait'), { condition: 'removed' });
    } catch (error) {
      if (!isDs01Error(error) || error.code !== 'container.not-found') throw error;
    }
  }

  return {
    listContainers: (options) =>
      api.read(z.array(listingSchema), {
        method: 'GET',
        path: '/containers/json',
        query: {
          all: 1,
          ...(options?.only === undefined ? {} : { filters: JSON.stringify({ id: options.only }) }),
        },
        signal: options?.signal,
      }),
    inspectContainer: async (container, options) =>
      api.read(detailsSchema, {
        method: 'GET',
        path: containerPath(container, '/json'),
        signal: options?.signal,
      }),
    async createContainer(spec, options) {
      const created = await api.read(createdSchema, {
        method: 'POST',
        path: '/containers/create',
        query: { name: spec.dockerName },
        body: createBodyOf(spec),
        signal: options?.signal,
      });
      return created.Id;
    },
    async startContainer(id, options) {
      const signal = options?.signal;
      const startIt = () => post(containerPath(id, '/start'), {}, { signal });
      try {
        await startIt();
      } catch (error) {
        const lostNetwork = isDs01Error(error) && error.code === 'network.not-found';
        if (!lostNetwork || !(await rejoinNetwork(api, id, signal))) throw error;
        await startIt();
      }
    },
    async stopContainer(id, options) {
      await post(
        containerPath(id, '/stop'),
        { t: options.timeoutSeconds },
        { signal: options.signal, timeoutMs: (options.timeoutSeconds + 120) * 1000 },
      );
    },
    async killContainer(id, signal) {
      await post(containerPath(id, '/kill'), { signal });
    },
    async pauseContainer(id) {
      await post(containerPath(id, '/pause'));
    },
    async unpauseContainer(id) {
      await post(containerPath(id, '/unpause'));
    },
    async removeContainer(id, options) {
      const query = { force: options.force ? 1 : 0, v: 1 };
      try {
        await api.send({ method: 'DELETE', path: containerPath(id), query });
      } catch (error) {
        if (!isDs01Error(error)) throw error;
        if (error.code === 'container.not-found') return;
        const underWay = /removal of container .* is already in progress/i.test(error.message);
        if (!underWay) throw error;
        await removalDone(id);
      }
    },
    async renameContainer(id, dockerName) {
      await post(containerPath(id, '/rename'), { name: dockerName });
    },
  };
}
