import { setImmediate } from 'node:timers/promises';
import {
  ds01Error,
  type CheckedRouteInput,
  type RouteOutput,
  type Username,
} from '@ds01/contracts';
import { diffLimits, mostYamlEntries, yamlEntriesAtMost } from '@ds01/limits';
import type { Store } from '@ds01/ports';
import { loadCurrentPolicy, peopleOf, readPolicyFolder, type PolicySource } from '../policy.ts';

/** So many people are compared before whoever else waits for this process gets a turn. */
const atOnce = 100;

/** Nobody reads more of them at once. */
const mostProblems = 1000;

/**
 * Whom another configuration folder would change, and how: of everybody whom the files name, those in
 * force or the others, and everybody with a container. Files with errors would not take effect: then
 * nobody is named, and the problems say why. Fails with `request.invalid` for files that together have
 * more entries than one may.
 */
export async function diffFolder(
  deps: PolicySource & { readonly store?: Store },
  { files }: CheckedRouteInput<'admin.limits.diff'>,
): Promise<RouteOutput<'admin.limits.diff'>> {
  refuseTooMany(files);
  const before = loadCurrentPolicy(deps, { dryRun: true }).limits;
  const after = readPolicyFolder(files.map((file) => ({ ...file, error: null })));
  const problems = after.problems.slice(0, mostProblems);
  if (after.policy === null || after.settings === null) return { problems, users: [] };
  const owners: readonly (Username | null)[] =
    deps.store?.transaction(({ containers }) => containers.all().map(({ user }) => user)) ?? [];
  const users = [
    ...peopleOf(before),
    ...peopleOf(after.policy),
    ...owners.filter((user) => user !== null),
  ];
  const all = [...new Set(users)].toSorted();
  const nowMs = deps.clock.nowMs();
  const changed: RouteOutput<'admin.limits.diff'>['users'] = [];
  for (let at = 0; at < all.length; at += atOnce) {
    const some = diffLimits(before, after.policy, { users: all.slice(at, at + atOnce), nowMs });
    changed.push(...some.map((one) => ({ ...one, changes: [...one.changes] })));
    await setImmediate();
  }
  return { problems, users: changed };
}

/** Parsing what is far larger than any site's would keep everybody else waiting. */
function refuseTooMany(files: CheckedRouteInput<'admin.limits.diff'>['files']): void {
  const entries = files
    .filter(({ path }) => path.endsWith('.yaml'))
    .reduce((sum, { text }) => sum + yamlEntriesAtMost(text), 0);
  if (entries <= mostYamlEntries) return;
  throw ds01Error('request.invalid', {
    message: `The files have more than ${mostYamlEntries} lines and commas in all.`,
    hint: 'compare the files of one folder, as ds01d reads them',
    details: { entries, most: mostYamlEntries },
  });
}
