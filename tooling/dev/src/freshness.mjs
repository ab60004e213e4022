import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ignoredFolders = new Set(['node_modules', 'dist', '.turbo', 'coverage', 'e2e']);
const relevant = /(?<!\.(?:test|bench|contract))\.ts$|^package\.json$/;

/** @param {string} path */
const modifiedMs = (path) =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;

/**
 * @param {string} folder
 * @returns {number}
 */
const newestBelow = (folder) => {
  let newest = modifiedMs(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (!ignoredFolders.has(entry.name)) {
        newest = Math.max(newest, newestBelow(join(folder, entry.name)));
      }
    } else if (relevant.test(entry.name)) {
      newest = Math.max(newest, modifiedMs(join(folder, entry.name)));
    }
  }
  return newest;
};

/** @param {string} folder */
const subfolders = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));

/**
 * Whether the built entry of an app (`apps/<app>/dist/main.js` below `root`) is missing or older
 * than anything it was built from: the sources and manifests of the app and of every package, the
 * build preset and the lockfile. Folder times count too, so that a file renamed with its old time
 * is noticed; tests, benches and contract suites don't. JavaScript, because this runs before every
 * command of a checkout and stripping types would double its cost.
 *
 * @param {string} root
 * @param {string} app
 * @returns {boolean}
 */
export const isStale = (root, app) => {
  const builtMs = modifiedMs(join(root, 'apps', app, 'dist/main.js'));
  if (builtMs === Number.NEGATIVE_INFINITY) return true;
  if (modifiedMs(join(root, 'pnpm-lock.yaml')) > builtMs) return true;
  const inputs = subfolders(join(root, 'packages')).flatMap((folder) => [
    join(folder, 'src'),
    join(folder, 'package.json'),
  ]);
  const ownFolder = join(root, 'apps', app);
  inputs.push(
    join(ownFolder, 'src'),
    join(ownFolder, 'package.json'),
    join(ownFolder, 'tsup.config.ts'),
    join(root, 'tooling/tsup'),
  );
  return inputs.some((input) => {
    const stats = statSync(input, { throwIfNoEntry: false });
    if (stats === undefined) return false;
    return (stats.isDirectory() ? newestBelow(input) : stats.mtimeMs) > builtMs;
  });
};
