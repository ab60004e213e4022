import type { ImageDetails, ImageHistoryEntry } from '@ds01/ports';
import { z } from 'zod';
import { listOf, stringMap, text, time } from './wire.ts';

const isTag = (tag: string): boolean => tag !== '<none>:<none>';
const isDigest = (digest: string): boolean => !digest.startsWith('<none>');
const tags = listOf(z.string()).transform((list) => list.filter(isTag));
const digests = listOf(z.string()).transform((list) => list.filter(isDigest));

/** One element of `GET /images/json`. */
export const imageListingSchema = z.object({
  Id: z.string(),
  RepoTags: tags,
  RepoDigests: digests,
});

const imageConfigSchema = z.object({
  Cmd: listOf(z.string()),
  Entrypoint: listOf(z.string()),
  Env: listOf(z.string()),
  Labels: stringMap,
  User: text,
  WorkingDir: text,
  OnBuild: listOf(z.string()),
});

/** Answer of `GET /images/{name}/json`. */
export const imageSchema = z
  .object({
    Id: z.string(),
    RepoTags: tags,
    RepoDigests: digests,
    Size: z.number(),
    Created: time,
    Config: imageConfigSchema.nullish(),
    RootFS: z.object({ Layers: listOf(z.string()) }).nullish(),
  })
  .transform((image): ImageDetails => ({
    id: image.Id,
    tags: image.RepoTags,
    digests: image.RepoDigests,
    sizeBytes: image.Size,
    createdAtMs: image.Created ?? 0,
    command: image.Config?.Cmd ?? [],
    entrypoint: image.Config?.Entrypoint ?? [],
    env: image.Config?.Env ?? [],
    labels: image.Config?.Labels ?? {},
    user: image.Config?.User ?? '',
    workingDirectory: image.Config?.WorkingDir ?? '',
    onBuild: image.Config?.OnBuild ?? [],
    layers: image.RootFS?.Layers ?? [],
  }));

/** Answer of `GET /images/{name}/history`; `<missing>` is no id. */
export const imageHistorySchema = z.array(
  z
    .object({ Id: z.string(), CreatedBy: text, Created: z.number(), Size: z.number() })
    .transform((entry): ImageHistoryEntry => ({
      id: entry.Id.startsWith('sha256:') ? entry.Id : null,
      createdBy: entry.CreatedBy,
      createdAtMs: Math.max(entry.Created, 0) * 1000,
      sizeBytes: entry.Size,
    })),
);

/** Answer of `DELETE /images/{name}`. */
export const removedImageSchema = listOf(
  z.object({ Untagged: z.string().optional(), Deleted: z.string().optional() }),
).transform((rows) => ({
  untagged: rows.flatMap(({ Untagged }) => (Untagged === undefined ? [] : [Untagged])),
  deleted: rows.flatMap(({ Deleted }) => (Deleted === undefined ? [] : [Deleted])),
}));
