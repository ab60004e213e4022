import { rmSync, statSync } from 'node:fs';
import { withFolderOf } from '@ds01/as-user';
import type { Pin, Pins, SecretsPinRequest } from '@ds01/ports';
import { checkFolders } from './check-folders.ts';
import { engineFolder, makeFolder, namesIn } from './folders.ts';
import { placesOf, requireKey, secretsLost, secretsPlace, type PlacedRequest } from './places.ts';
import { writeSmallFile } from './small-files.ts';

/**
 * Pins of the only user of an engine, who can't mount. Folders are the folders themselves, opened
 * once to refuse what root would refuse; files and secrets are plain files below `pins/<key>`.
 */
export function createPlainPins(engineDirectory: string): Pins {
  const folderOf = (key: string): string => `${engineDirectory}/pins/${requireKey(key)}`;
  const unpin = async (key: string): Promise<void> =>
    rmSync(folderOf(key), { recursive: true, force: true });
  return {
    async prepare(key, requests) {
      const placed = placesOf(requests);
      const base = engineFolder(engineDirectory);
      makeFolder(`${base}/pins`, 0o700);
      const folder = makeFolder(`${base}/pins/${requireKey(key)}`, 0o700);
      return placed.map((wanted) => makePlaceholder(folder, wanted));
    },
    async pin(key, requests) {
      const placed = placesOf(requests);
      const isNew = !isFolder(folderOf(key));
      try {
        const base = engineFolder(engineDirectory);
        makeFolder(`${base}/pins`, 0o700);
        const folder = makeFolder(`${base}/pins/${key}`, 0o700);
        const pins: Pin[] = [];
        for (const wanted of placed) pins.push(await makePin(folder, wanted));
        removeOthers(folder, new Set(placed.map(({ place }) => place)));
        return pins;
      } catch (error) {
        if (isNew) await unpin(key);
        throw error;
      }
    },
    unpin,
    keys: async () => namesIn(`${engineDirectory}/pins`),
    check: checkFolders,
    inspect: async (key) => (isFolder(folderOf(key)) ? 'whole' : 'missing'),
  };
}

/** A folder of the user's own is the pin itself. */
function makePlaceholder(folder: string, { request, place, source }: PlacedRequest): Pin {
  if (request.kind === 'folder')
    return { path: request.folder, source, readOnly: request.readOnly };
  const path = `${folder}/${place}`;
  if (request.kind === 'secrets') makeFolder(path, 0o700);
  else writeSmallFile(folder, { name: place, content: request.text, mode: 0o444 });
  return { path, source, readOnly: true };
}

async function makePin(folder: string, { request, place, source }: PlacedRequest): Promise<Pin> {
  if (request.kind === 'folder') {
    await withFolderOf(request, async () => undefined);
    return { path: request.folder, source, readOnly: request.readOnly };
  }
  const path =
    request.kind === 'secrets'
      ? writeSecrets(folder, request)
      : writeSmallFile(folder, { name: place, content: request.text, mode: 0o444 });
  return { path, source, readOnly: true };
}

/** In place, since a running container has this folder mounted. */
function writeSecrets(folder: string, { files }: SecretsPinRequest): string {
  const path = `${folder}/${secretsPlace}`;
  if (files === null) {
    if (!isFolder(path)) throw secretsLost();
    return path;
  }
  makeFolder(path, 0o700);
  for (const { name, bytes } of files) writeSmallFile(path, { name, content: bytes, mode: 0o400 });
  removeOthers(path, new Set(files.map(({ name }) => name)));
  return path;
}

function removeOthers(folder: string, kept: ReadonlySet<string>): void {
  for (const name of namesIn(folder)) {
    if (!kept.has(name)) rmSync(`${folder}/${name}`, { recursive: true, force: true });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
