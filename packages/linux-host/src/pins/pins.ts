import { mkdirSync, readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { normalize } from 'node:path';
import { ds01Error } from '@ds01/contracts';
import type { FolderPinRequest, Pin, PinRequest, Pins } from '@ds01/ports';
import { storageError, systemCodeOf } from '../storage-errors.ts';
import { openAsSelf } from './open-as-self.ts';
import { withFolderOf } from './open-as-user.ts';
import { assertEngineSees } from './engine-view.ts';
import { mountFolder, readMounts, unmount } from './mounts.ts';

/** Where pins are made, and whether this process may mount. */
export interface PinsOptions {
  /** The engine's folder; pins are `pins/<key>/<n>` in it. */
  readonly engineDirectory: string;
  /**
   * False for the only user of an engine, who can't mount: folders are checked, and given to the
   * engine as they are.
   */
  readonly asRoot: boolean;
}

/**
 * Pins as mounts at root-owned paths. A folder is opened by a process that became its user, and root
 * mounts that descriptor, never a path; the placeholder below has mode 0, so a pin that is lost
 * gives nothing away. Pinning a key again replaces its pins. Errors: those of the port, and
 * `workspace.invalid` for a path that isn't absolute.
 */
export function createPins(options: PinsOptions): Pins {
  const { engineDirectory, asRoot } = options;
  if (!asRoot) {
    return {
      pin: async (_, requests) => requests.map((request) => openAsSelf(checked(request))),
      unpin: async () => undefined,
      keys: async () => [],
      inspect: async () => 'missing',
    };
  }
  const unpin = async (key: string): Promise<void> => removePins(engineDirectory, requireKey(key));
  return {
    async pin(key, requests) {
      await unpin(key);
      try {
        const pins: Pin[] = [];
        for (const [number, request] of requests.entries()) {
          pins.push(await makePin({ engineDirectory, key, number, request: checked(request) }));
        }
        return pins;
      } catch (error) {
        await unpin(key);
        throw error;
      }
    },
    unpin,
    keys: async () => namesIn(`${engineDirectory}/pins`),
    inspect: async (key) =>
      namesIn(`${engineDirectory}/pins/${requireKey(key)}`).length === 0 ? 'missing' : 'whole',
  };
}

async function makePin(wanted: {
  readonly engineDirectory: string;
  readonly key: string;
  readonly number: number;
  readonly request: FolderPinRequest;
}): Promise<Pin> {
  const { engineDirectory, key, number, request } = wanted;
  return withFolderOf(request, async (descriptor) => {
    // Mount tables show paths without symbolic links.
    const base = engineFolder(engineDirectory);
    makeFolder(`${base}/pins`, 0o700);
    makeFolder(`${base}/staging`, 0o700);
    makeFolder(`${base}/pins/${key}`, 0o700);
    const staging = makeFolder(`${base}/staging/${key}-${number}`, 0);
    const target = makeFolder(`${base}/pins/${key}/${number}`, 0);
    await mountFolder({ descriptor, staging, target, readOnly: request.readOnly });
    removeFolder(staging);
    assertEngineSees(base, target, ['nosuid', 'nodev', ...(request.readOnly ? ['ro'] : [])]);
    return { path: target, source: request.folder };
  });
}

/** Placeholders are removed as empty folders only: below a pin that won't go are a user's files. */
async function removePins(engineDirectory: string, key: string): Promise<void> {
  const pinned = namesIn(`${engineDirectory}/pins/${key}`).map((name) => `pins/${key}/${name}`);
  const staged = namesIn(`${engineDirectory}/staging`)
    .filter((name) => name.startsWith(`${key}-`))
    .map((name) => `staging/${name}`);
  const places = [...staged, ...pinned];
  if (places.length > 0) {
    const base = realpathSync(engineDirectory);
    const wanted = new Set(places.map((place) => `${base}/${place}`));
    const mounted = readMounts('self').filter(({ path }) => wanted.has(path));
    for (const { path } of mounted.toReversed()) await unmount(path);
    for (const place of wanted) removeFolder(place);
  }
  removeFolder(`${engineDirectory}/pins/${key}`);
}

function checked(request: PinRequest): FolderPinRequest {
  if (request.kind !== 'folder') throw new Error('only folders can be pinned yet');
  const { folder } = request;
  if (!folder.startsWith('/') || folder.includes('\0')) {
    throw ds01Error('workspace.invalid', {
      message: `${JSON.stringify(folder)} is not an absolute path.`,
      hint: 'pwd',
      details: { folder },
    });
  }
  return { ...request, folder: normalize(folder).replace(/(?<=.)\/$/, '') };
}

function requireKey(key: string): string {
  if (!/^[a-z0-9]+$/.test(key)) throw new Error(`${JSON.stringify(key)} can't be a key of pins`);
  return key;
}

function engineFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path);
  } catch (error) {
    throw storageError(path, error);
  }
}

function makeFolder(path: string, mode: number): string {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw storageError(path, error);
  }
  return path;
}

function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw storageError(path, error);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw storageError(folder, error);
  }
}
