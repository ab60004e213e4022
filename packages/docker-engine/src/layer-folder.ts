import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import type { FolderOwner } from '@ds01/ports';
import { z } from 'zod';

/** Part of an inspect: where the engine keeps a container's layers (moby's `GraphDriver`). */
export const layersSchema = z
  .object({
    State: z.object({ Status: z.string() }),
    GraphDriver: z
      .object({
        Name: z.string(),
        Data: z.object({ UpperDir: z.string(), LowerDir: z.string() }).nullish(),
      })
      .nullish(),
  })
  .transform(({ State, GraphDriver }) =>
    State.Status === 'created' && GraphDriver?.Name === 'overlay2' && GraphDriver.Data
      ? { upper: GraphDriver.Data.UpperDir, lowers: GraphDriver.Data.LowerDir.split(':') }
      : null,
  );

/** Layers of a container that was never started: folders of this host that only root may change. */
export type Layers = z.infer<typeof layersSchema>;

const safe = { throwIfNoEntry: false } as const;

/**
 * Makes `/<parent>/<name>` in the writable layer of a container that was never started, as overlayfs
 * shows it then (kernel, overlayfs.rst): what an upload does with a process of the engine's. False, with
 * nothing changed, wherever that isn't plain to see: another storage driver, remapped users, a
 * layer that isn't here, something at that path in any layer.
 */
export function makeLayerFolder(layers: Layers, path: string, owner: FolderOwner): boolean {
  const [parent = '', name = '', ...more] = path.split('/').slice(1);
  if (layers === null || process.getuid?.() !== 0 || name === '' || more.length > 0) return false;
  const { upper, lowers } = layers;
  const top = lstatSync(upper, safe);
  if (top?.isDirectory() !== true || top.uid !== 0) return false;
  let shown: Stats | null = null;
  for (const layer of [upper, ...lowers]) {
    if (!layer.startsWith('/')) return false;
    const found = lstatSync(posix.join(layer, parent), safe);
    if (found === undefined) continue;
    if (!found.isDirectory()) return false;
    if (lstatSync(posix.join(layer, parent, name), safe) !== undefined) return false;
    shown ??= found;
  }
  const folder = posix.join(upper, parent);
  if (lstatSync(folder, safe) === undefined) {
    mkdirSync(folder);
    chownSync(folder, shown?.uid ?? 0, shown?.gid ?? 0);
    chmodSync(folder, (shown?.mode ?? 0o755) & 0o7777);
  }
  const own = posix.join(folder, name);
  mkdirSync(own, { mode: 0o700 });
  chownSync(own, owner.uid, owner.gid);
  chmodSync(own, owner.mode);
  return true;
}
