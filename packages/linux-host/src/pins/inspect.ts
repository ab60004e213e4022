import { lstatSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { PinState } from '@ds01/ports';
import { viewOfEngine, type EngineView } from './engine-view.ts';
import { namesIn } from './folders.ts';
import { readMounts } from './mounts.ts';
import { isFolderPlace, secretsPlace } from './places.ts';
import { unfinished } from './small-files.ts';

/**
 * State of the pins of a key in the engine's namespace. Reads mount tables and root's own folders
 * only: nothing of a person's is touched, so a server that doesn't answer holds up nobody. Fails
 * with `pin.not-visible` when the engine's process can't be asked.
 */
export function inspectPins(engineDirectory: string, key: string): PinState {
  const names = namesIn(`${engineDirectory}/pins/${key}`);
  if (names.length === 0) return 'missing';
  const folder = `${realpathSync(engineDirectory)}/pins/${key}`;
  const view = viewOfEngine(engineDirectory);
  const own = new Set(readMounts('self').map(({ path }) => path));
  const states = names
    .filter((name) => !name.startsWith(unfinished))
    .map((name) => stateOf({ view, own }, `${folder}/${name}`));
  if (states.includes('missing')) return 'missing';
  return states.includes('damaged') ? 'damaged' : 'whole';
}

interface Places {
  readonly view: EngineView;
  /** Where this process has mounts. */
  readonly own: ReadonlySet<string>;
}

function stateOf(places: Places, path: string): PinState {
  const { view, own } = places;
  const place = basename(path);
  const isSecrets = place === secretsPlace;
  const mount = view.mountAt(path);
  if (mount !== undefined) {
    const isSafe = mount.options.includes('nosuid') && mount.options.includes('nodev');
    const isRight = isSecrets ? mount.type === 'tmpfs' : isFolderPlace(place);
    return isSafe && isRight && !mount.root.endsWith('//deleted') ? 'whole' : 'damaged';
  }
  // Looking at a place that is mounted here only could wait for a person's file server.
  if (own.has(path)) return 'missing';
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return 'missing';
  return view.hasFile(path) ? 'whole' : 'damaged';
}
