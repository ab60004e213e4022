import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { withFolderOf } from '@ds01/as-user';
import type { FolderPinRequest, Pin, PinRequest, Pins, SecretsPinRequest } from '@ds01/ports';
import { storageError } from '../storage-errors.ts';
import { viewOfEngine, type EngineView } from './engine-view.ts';
import { checkFolders } from './check-folders.ts';
import { clearPlaces } from './clear-places.ts';
import { engineFolder, makeFolder, namesIn, removeFolder } from './folders.ts';
import { inspectPins } from './inspect.ts';
import { makeReadOnly, mountFolder, mountMemory, moveInto, readMounts } from './mounts.ts';
import {
  placesOf,
  requireKey,
  secretsLost,
  secretsPlace,
  secretsSizeBytes,
  type PlacedRequest,
} from './places.ts';
import { writeSmallFile } from './small-files.ts';

/**
 * Pins as mounts at root-owned paths. A folder is opened by a process that became its user, and root
 * mounts that descriptor, never a path; the placeholder below has mode 0, so a pin that is lost
 * gives nothing away. Everything is opened and checked before the first place changes: a refusal
 * leaves the pins that a key has as they are.
 */
export function createMountedPins(engineDirectory: string): Pins {
  const unpin = async (key: string): Promise<void> => {
    await clearStaging(engineDirectory, requireKey(key));
    const folder = `${engineDirectory}/pins/${key}`;
    await clearPlaces(folder, namesIn(folder));
    removeFolder(folder);
  };
  return {
    async prepare(key, requests) {
      const placed = placesOf(requests);
      const folders = makeFolders(engineDirectory, requireKey(key));
      return placed.map((wanted) => makePlaceholder(folders, wanted));
    },
    async pin(key, requests) {
      const placed = placesOf(requests);
      const had = namesIn(`${engineDirectory}/pins/${requireKey(key)}`);
      const folders = makeFolders(engineDirectory, key);
      try {
        await clearStaging(engineDirectory, key);
        const isFirst = !readMounts('self').some(({ path }) => isBelow(path, folders.pins));
        for (const wanted of placed) await stage(folders, wanted, { isFirst });
        const pins: Pin[] = [];
        for (const wanted of placed) pins.push(await settle(folders, wanted, { isFirst }));
        const view = viewOfEngine(folders.base);
        for (const [at, pin] of pins.entries()) assertSeen(view, placed[at]?.request, pin);
        const kept = new Set(placed.map(({ place }) => place));
        await clearPlaces(
          folders.pins,
          had.filter((name) => !kept.has(name)),
        );
        return pins;
      } catch (error) {
        await (had.length === 0 ? unpin(key) : clearStaging(engineDirectory, key));
        throw error;
      }
    },
    unpin,
    keys: async () => namesIn(`${engineDirectory}/pins`),
    check: checkFolders,
    inspect: async (key) => inspectPins(engineDirectory, requireKey(key)),
  };
}

/** Real paths, as mount tables show them. */
interface Folders {
  readonly base: string;
  /** `pins/<key>`. */
  readonly pins: string;
  /** Start of the names in the staging folder, `staging/<key>-`. */
  readonly staging: string;
}

function makeFolders(engineDirectory: string, key: string): Folders {
  const base = engineFolder(engineDirectory);
  makeFolder(`${base}/pins`, 0o700);
  makeFolder(`${base}/staging`, 0o700);
  return {
    base,
    pins: makeFolder(`${base}/pins/${key}`, 0o700),
    staging: `${base}/staging/${key}-`,
  };
}

/** A key that has no mount yet: there is nothing that a refusal must leave in its place. */
interface Standing {
  readonly isFirst: boolean;
}

async function stage(
  folders: Folders,
  { request, place }: PlacedRequest,
  { isFirst }: Standing,
): Promise<void> {
  if (request.kind === 'secrets') await stageSecrets(folders, request);
  if (request.kind !== 'folder') return;
  const { readOnly } = request;
  await withFolderOf(request, async (descriptor) => {
    const staging = makeFolder(`${folders.staging}${place}`, 0);
    const target = isFirst ? makeFolder(`${folders.pins}/${place}`, 0) : null;
    await mountFolder({ descriptor, staging, target, readOnly });
  });
}

async function stageSecrets(folders: Folders, request: SecretsPinRequest): Promise<void> {
  const { files, account } = request;
  if (files === null) {
    const place = `${folders.pins}/${secretsPlace}`;
    if (viewOfEngine(folders.base).mountAt(place)?.type !== 'tmpfs') throw secretsLost();
    return;
  }
  const staging = makeFolder(`${folders.staging}${secretsPlace}`, 0);
  await mountMemory({ staging, sizeBytes: secretsSizeBytes, files: files.length });
  try {
    for (const { name, bytes } of files) {
      const path = `${staging}/${name}`;
      writeFileSync(path, bytes, { flag: 'wx', mode: 0o400 });
      chownSync(path, account.uid, account.gid);
    }
    chownSync(staging, account.uid, account.gid);
    chmodSync(staging, 0o500);
  } catch (error) {
    throw storageError(staging, error);
  }
  await makeReadOnly(staging);
}

function makePlaceholder(folders: Folders, { request, place, source }: PlacedRequest): Pin {
  const path = `${folders.pins}/${place}`;
  if (request.kind === 'file') {
    writeSmallFile(folders.pins, { name: place, content: request.text, mode: 0o444 });
    return { path, source, readOnly: true };
  }
  return { path: makeFolder(path, 0), source, readOnly: false };
}

/** Puts what was staged in its place. */
async function settle(
  folders: Folders,
  { request, place, source }: PlacedRequest,
  { isFirst }: Standing,
): Promise<Pin> {
  if (request.kind === 'file') {
    const file = { name: place, content: request.text, mode: 0o444 };
    return { path: writeSmallFile(folders.pins, file), source, readOnly: true };
  }
  const path = `${folders.pins}/${place}`;
  const isStaged = request.kind === 'folder' || request.files !== null;
  const staging = `${folders.staging}${place}`;
  if (isStaged && !(isFirst && request.kind === 'folder')) {
    await moveInto(makeFolder(path, 0), { staging });
  }
  if (isStaged) removeFolder(staging);
  return { path, source, readOnly: false };
}

/** Makes sure that the engine has it. */
function assertSeen(view: EngineView, request: PinRequest | undefined, { path }: Pin): void {
  if (request === undefined || request.kind === 'file') view.assertFile(path);
  else view.assertMount(path, optionsOf(request));
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function optionsOf(request: FolderPinRequest | SecretsPinRequest): readonly string[] {
  if (request.kind === 'secrets') return ['nosuid', 'nodev', 'noexec'];
  return ['nosuid', 'nodev', ...(request.readOnly ? ['ro'] : [])];
}

/** What a pin that failed or was cut short left behind. */
async function clearStaging(engineDirectory: string, key: string): Promise<void> {
  const folder = `${engineDirectory}/staging`;
  await clearPlaces(
    folder,
    namesIn(folder).filter((name) => name.startsWith(`${key}-`)),
  );
}
