import {
  isDs01Error,
  type ContainerId,
  type InstalledPackage,
  type RouteOutput,
} from '@ds01/contracts';
import type { LayerChange } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { lookIntoImage } from '../identity/image-facts.ts';
import { leaseOf } from '../lookup.ts';
import { summaryOf } from '../present.ts';
import { gpusIfQuick, openContainer } from '../use-case.ts';
import { comparePackages } from './compare-packages.ts';
import { condaFileName, databaseAt, isUnreadDatabase } from './installed/databases.ts';
import { unreadable } from './installed/read-archive.ts';

/** Read one by one. */
const maxFiles = 5000;
const readsAtOnce = 8;

/**
 * What was installed in a container, removed, or replaced by another version since its image was made,
 * by what changed in the databases of packages; it may run or not. What lies in the workspace is on the
 * host, and is left out. Fails with `container.not-found`, `container.foreign`, `image.not-found`,
 * `image.unreadable`.
 */
export async function containerPackages(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'containers.packages'>> {
  const opened = await openContainer(deps, { caller, name: input.name }, gpusIfQuick(options));
  const { container, now } = opened;
  const { record } = container;
  const changes = await deps.engine.containerChanges(record.id, options);
  const files = databasesIn(changes);
  const after = await readFiles(deps, record.id, files.there, options);
  const before =
    files.before.length === 0
      ? []
      : await lookIntoImage(deps, await imageOf(deps, record.id), options, (id) =>
          readFiles(deps, id, files.before, options),
        );
  return {
    container: summaryOf(container, leaseOf(now.leases, record.id)),
    changes: [...comparePackages(before, after)],
  };
}

/** Paths, without a leading `/`, of databases that changed: as they are now, and as they were. */
function databasesIn(changes: readonly LayerChange[]): {
  readonly there: readonly string[];
  readonly before: readonly string[];
} {
  const there: string[] = [];
  const before: string[] = [];
  for (const { path, kind } of changes) {
    const file = path.replace(/^\/+/, '');
    if (isUnreadDatabase(file)) {
      throw unreadable(`Its list of packages, /${file}, can’t be read by DS01.`);
    }
    for (const database of filesOf(file, kind)) {
      if (kind !== 'deleted') there.push(database);
      if (kind !== 'added') before.push(database);
    }
  }
  if (there.length > maxFiles || before.length > maxFiles) {
    throw unreadable('More packages changed in it than can be listed.');
  }
  return { there, before };
}

/** A folder that is gone is one change; what was in it is told by its name. */
function filesOf(path: string, kind: LayerChange['kind']): readonly string[] {
  if (databaseAt(path) !== null) return [path];
  if (kind !== 'deleted') return [];
  if (path.endsWith('.dist-info')) return [`${path}/METADATA`];
  if (path.endsWith('.egg-info')) return [`${path}/PKG-INFO`];
  const isPackage = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*$/.test(path);
  return isPackage ? [`${path}/package.json`] : [];
}

async function imageOf(deps: ControlPlaneDependencies, id: ContainerId): Promise<string> {
  return (await deps.engine.inspectContainer(id)).imageId;
}

async function readFiles(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  id: ContainerId,
  paths: readonly string[],
  options: UseCaseOptions,
): Promise<readonly InstalledPackage[]> {
  const queue = [...new Set(paths)];
  const found: InstalledPackage[] = [];
  const work = async (): Promise<void> => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      found.push(...(await readFile(deps, id, path, options)));
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, work));
  return found;
}

/** Nothing for what went away meanwhile. */
async function readFile(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  id: ContainerId,
  path: string,
  options: UseCaseOptions,
): Promise<readonly InstalledPackage[]> {
  const database = databaseAt(path);
  if (database === null) return [];
  const { signal } = options;
  // The beginning can't be asked for alone: a long description is read with it.
  const maxBytes = Math.max(database.maxBytes, 4 * 2 ** 20);
  try {
    const bytes = await deps.engine.readContainerFile(id, `/${path}`, { maxBytes, signal });
    if (bytes === null) return [];
    const packages = database.read(Buffer.from(bytes), path);
    if (packages !== null) return packages;
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'engine.error' || !('maxBytes' in error.details)) {
      throw error;
    }
    if (database.ecosystem === 'conda') return condaFileName(path);
    throw unreadable(`/${path} is too large to be a list of packages.`);
  }
  throw unreadable(`Its list of packages, /${path}, can’t be read by DS01.`);
}
