import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { CommitConfig, ContainerEngine, ImageDetails } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath, imagePath } from './object-paths.ts';
import {
  imageHistorySchema,
  imageListingSchema,
  imageSchema,
  removedImageSchema,
} from './wire-image.ts';

type ImageCalls = Pick<
  ContainerEngine,
  'inspectImage' | 'listImages' | 'imageHistory' | 'tagImage' | 'removeImage' | 'commitContainer'
>;

const isImageId = (reference: string): boolean => /^sha256:[0-9a-f]{64}$/.test(reference);

const usersSchema = z.array(z.object({ ImageID: z.string() }));

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

  /**
   * An image of several tags is only removed by its id when the engine is forced to, which it then
   * does under containers that don't run, too.
   */
  async function isFreeToRemove(reference: string): Promise<boolean> {
    if (!isImageId(reference)) return false;
    const containers = await api.read(usersSchema, {
      method: 'GET',
      path: '/containers/json',
      query: { all: 1 },
    });
    return containers.every(({ ImageID }) => ImageID !== reference);
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
        return image === undefined
          ? []
          : [{ ...image, tags: row.RepoTags, digests: row.RepoDigests }];
      });
    },
    imageHistory: (reference, options) =>
      api.read(imageHistorySchema, {
        method: 'GET',
        path: pathOf(reference, '/history'),
        signal: options?.signal,
      }),
    async tagImage(source, { repository, tag }) {
      await api.send({
        method: 'POST',
        path: pathOf(source, '/tag'),
        query: { repo: repository, tag },
      });
    },
    async removeImage(reference, options) {
      const force = options?.force === true || (await isFreeToRemove(reference));
      return api.read(removedImageSchema, {
        method: 'DELETE',
        path: pathOf(reference),
        query: { force: force || undefined },
      });
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
        body: target.config === undefined ? undefined : commitBody(target.config),
      });
      return committed.Id;
    },
  };
}

function commitBody(config: CommitConfig) {
  return {
    Env: config.env,
    Labels: config.labels,
    Cmd: config.command,
    Entrypoint: config.entrypoint.length === 0 ? undefined : config.entrypoint,
    User: config.user,
    WorkingDir: config.workingDirectory,
  };
}

function pathOf(reference: string, suffix = ''): string {
  const path = imagePath(reference, suffix);
  if (path !== null) return path;
  throw ds01Error('image.not-found', {
    message: `No such image: ${JSON.stringify(reference)}`,
    details: { reference },
  });
}
