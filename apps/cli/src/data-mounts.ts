import { posix, resolve } from 'node:path';
import { defaultDataTarget, ds01Error, type DataMount } from '@ds01/contracts';

const hint = 'ds01 container deploy thesis -d ~/datasets/images:/data/images:ro';

/**
 * The data folders of `-d DIR[:TARGET][:ro|:rw]`: read-only unless `:rw`, mounted at
 * `/data/<last part>` without a target. Relative folders are taken from `cwd`, and folders may not have
 * a colon in their name, as the parts are separated by colons. Fails with `usage.invalid`.
 */
export function dataMountsOf(values: readonly string[], cwd: string): readonly DataMount[] {
  const mounts = values.map((value) => dataMountOf(value, cwd));
  const twice = mounts.find(({ target }, index) =>
    mounts.some((other, at) => at < index && other.target === target),
  );
  if (twice === undefined) return mounts;
  throw invalid(`Two data folders would be mounted at ${twice.target}; give one another target.`);
}

function dataMountOf(value: string, cwd: string): DataMount {
  const parts = value.split(':');
  const last = parts.at(-1);
  const mode = parts.length > 1 && (last === 'ro' || last === 'rw') ? parts.pop() : 'ro';
  const [given = '', target] = parts;
  if (given === '') throw invalid(`-d ${JSON.stringify(value)} names no folder.`);
  if (parts.length > 2 || (target !== undefined && !target.startsWith('/'))) {
    throw invalid(
      `-d ${JSON.stringify(value)} is not DIR[:TARGET][:ro|:rw] with an absolute TARGET; ` +
        'a folder with a colon in its name can’t be mounted.',
    );
  }
  const folder = resolve(cwd, given);
  const inside = target ?? defaultDataTarget(folder);
  if (target === undefined && folder === '/') {
    throw invalid(`-d ${JSON.stringify(value)} needs a target: / has no name of its own.`);
  }
  const clean = posix.normalize(inside).replace(/\/+$/, '');
  if (clean === '' || inside.split('/').includes('..')) {
    throw invalid(`-d ${JSON.stringify(value)}: ${inside} can’t be a target.`);
  }
  return { folder, target: clean, readOnly: mode === 'ro' };
}

function invalid(message: string) {
  return ds01Error('usage.invalid', { message, hint });
}
