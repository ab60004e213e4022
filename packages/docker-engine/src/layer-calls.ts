import type { ContainerEngine, LayerChange } from '@ds01/ports';
import { z } from 'zod';
import type { EngineApi } from './api.ts';
import { containerPath } from './object-paths.ts';
import { listOf } from './wire.ts';

const kinds = ['modified', 'added', 'deleted'] as const;

/** Answer of `GET /containers/{id}/changes`; moby's archive.ChangeType. */
const changesSchema = listOf(
  z
    .object({ Path: z.string(), Kind: z.int().min(0).max(2) })
    .transform(({ Path, Kind }): LayerChange => ({ path: Path, kind: kinds[Kind] ?? 'modified' })),
);

/** Part of the answer of `GET /containers/{id}/json?size=1`. */
const sizeSchema = z
  .object({ SizeRw: z.number().nonnegative().nullish() })
  .transform(({ SizeRw }) => SizeRw ?? null);

/** A large layer takes a while to be walked over. */
const sizeTimeoutMs = 120_000;

/** What is in containers beyond their images. */
export function createLayerCalls(
  api: EngineApi,
): Pick<ContainerEngine, 'containerChanges' | 'layerBytes' | 'exportContainer'> {
  return {
    containerChanges: (id, options) =>
      api.read(changesSchema, {
        method: 'GET',
        path: containerPath(id, '/changes'),
        signal: options?.signal,
      }),
    layerBytes: (id, options) =>
      api.read(sizeSchema, {
        method: 'GET',
        path: containerPath(id, '/json'),
        query: { size: 1 },
        timeoutMs: sizeTimeoutMs,
        signal: options?.signal,
      }),
    exportContainer: (id, options) =>
      api.stream({
        method: 'GET',
        path: containerPath(id, '/export'),
        signal: options?.signal,
      }),
  };
}
