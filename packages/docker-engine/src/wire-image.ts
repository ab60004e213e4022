import type { ImageDetails } from '@ds01/ports';
import { z } from 'zod';
import { listOf, stringMap, text, time } from './wire.ts';

const none = '<none>:<none>';

/** One element of `GET /images/json`. */
export const imageListingSchema = z.object({
  Id: z.string(),
  RepoTags: listOf(z.string()).transform((tags) => tags.filter((tag) => tag !== none)),
});

const imageConfigSchema = z.object({
  Cmd: listOf(z.string()),
  Entrypoint: listOf(z.string()),
  Env: listOf(z.string()),
  Labels: stringMap,
  User: text,
});

/** Answer of `GET /images/{name}/json`. */
export const imageSchema = z
  .object({
    Id: z.string(),
    RepoTags: listOf(z.string()),
    Size: z.number(),
    Created: time,
    Config: imageConfigSchema.nullish(),
  })
  .transform((image): ImageDetails => ({
    id: image.Id,
    tags: image.RepoTags.filter((tag) => tag !== none),
    sizeBytes: image.Size,
    createdAtMs: image.Created ?? 0,
    command: image.Config?.Cmd ?? [],
    entrypoint: image.Config?.Entrypoint ?? [],
    env: image.Config?.Env ?? [],
    labels: image.Config?.Labels ?? {},
    user: image.Config?.User ?? '',
  }));
