import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { ContainerEngine, ImageDetails } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath, imagePath } from './object-paths.ts';
import { imageListingSchema, imageSchema } from './wire-image.ts';

type ImageCalls = Pick<
  ContainerEngine,
  'inspectImage' | 'listImages' | 'removeImage' | 'commitContainer'
>;

const inspectionsAtOnce = 8;

/** Image calls. An image's configuration is fixed by its id and is asked for once. */
export function createImageCalls(api: EngineApi): ImageCalls {
  const known = new Map<string, ImageDetails>();

  async function inspect(
    reference: string,
    signal: AbortSignal | undefined,
  ): Promise<ImageDetails | null> {
    const path = imagePath(reference, '/json');
    if (path === null) return null;
    try {
      return await api.read(imageSchema, { method: 'GET', path, signal });
    } catch (error) {
      if (isDs01Error(error) && error.code === 'image.not-found') return null;
      throw error;
    }
  }

  async function learn(ids: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const queue = ids.filter((id) => !known.has(id));
    const work = async (): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const image = await inspect(id, signal);
        if (image !== null) known.set(id, image);
      }
    };
    await Promise.all(Array.from({ length: inspectionsAtOnce }, work));
  }

  return {
    inspectImage: (reference, options) => inspect(reference, options?.signal),
    async listImages(options) {
      const rows = await api.read(z.array(imageListingSchema), {
        method: 'GET',
        path: '/images/json',
        signal: options?.signal,
      });
      const present = new Set(rows.map((row) => row.Id));
      for (const id of known.keys()) if (!present.has(id)) known.delete(id);
      await learn([...present], options?.signal);
      return rows.flatMap((row) => {
        const image = known.get(row.Id);
        return image === undefined ? [] : [{ ...image, tags: row.RepoTags }];
      });
    },
    async removeImage(reference) {
      const path = imagePath(reference);
      if (path === null) {
        throw ds01Error('image.not-found', {
          message: `No such image: ${JSON.stringify(reference)}`,
          details: { reference },
        });
      }
      await api.send({ method: 'DELETE', path });
    },
    async commitContainer(id, target) {
      containerPath(id);
      const committed = await api.read(z.object({ Id: z.string() }), {
        method: 'POST',
        path: '/commit',
        query: {
          container: id,
          repo: target.repository,
          tag: target.tag,
          pause: target.pause ? 1 : 0,
        },
      });
      return committed.Id;
    },
  };
}
