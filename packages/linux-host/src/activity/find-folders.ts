import { readdirSync } from 'node:fs';
import { isAbsence } from '../kernel-files.ts';

const containerFolder = /[/-]([0-9a-f]{64})(?:\.scope)?$/;
/** Hosts have some hundred folders; what is deeper or later isn't looked at. */
const maxDepth = 10;
const maxFolders = 20_000;

/** There people make folders themselves, of any name and number (systemd.resource-control(5), `Delegate`). */
const ofPeople = 'user.slice';

/**
 * Every container's folder below the root of a cgroup tree by its id, whatever its parent; folders
 * start with a slash. The outermost of an id counts.
 */
export function findContainerFolders(tree: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let level: readonly string[] = [''];
  let left = maxFolders;
  for (let depth = 0; depth < maxDepth && level.length > 0 && left > 0; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      const id = containerFolder.exec(folder)?.[1];
      if (id !== undefined) {
        if (!found.has(id)) found.set(id, folder);
        continue;
      }
      left -= 1;
      if (left <= 0) break;
      for (const name of foldersIn(`${tree}${folder}`)) {
        if (folder !== '' || name !== ofPeople) next.push(`${folder}/${name}`);
      }
    }
    level = next;
  }
  return found;
}

/** Names of the folders in a folder; none when it isn't there. */
export function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
