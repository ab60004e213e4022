import { ds01Error, type ImageVersion, type RouteOutput } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { buildsOf, versionsOf } from './history.ts';
import { imagesNow } from './images-now.ts';
import { keepNamed } from './keep-named.ts';
import {
  missingImage,
  ownRepository,
  refuseReservedTag,
  taggedImage,
  tagExists,
  targetOf,
  type OwnRepository,
} from './own-image.ts';
import { isKeptTag } from './reserved-tags.ts';

/**
 * Gives a version of a person's image a further tag. One that leads to another version is moved only
 * when forced (`image.exists`); those that DS01 gives itself are refused (`image.invalid`). Fails with
 * `image.not-found`, `name.invalid`.
 */
export async function tagImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: {
    readonly name: string;
    readonly from: string | null;
    readonly to: string;
    readonly force: boolean;
  },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.tag'>> {
  const now = await imagesNow(deps, caller, options);
  const own = ownRepository(now, caller, input.name);
  const from = input.from ?? 'latest';
  const { details } = taggedImage(own, from);
  refuseReservedTag(own, input.to);
  const before = own.tags.get(input.to);
  const image = now.summaryOf(details, `${own.repository}:${from}`);
  if (before?.id === details.id) return { image, note: 'it had this tag already' };
  if (before !== undefined && !input.force) throw tagExists(own, input.to);
  const was = before === undefined ? '' : `; it was ${versionOf(deps, caller, own, before.id)}`;
  const label = versionOf(deps, caller, own, details.id);
  const named = `${own.name}:${input.to}`;
  if (options.dryRun === true) return { image, note: `${named} would be ${label}${was}` };
  if (input.to === 'latest') await keepNamed(deps, own);
  await deps.engine.tagImage(details.id, targetOf(own, input.to));
  return {
    image: await summaryNow(deps, caller, { own, tag: input.to }),
    note: `${named} is ${label} now${was}`,
  };
}

/**
 * Makes another version the one that is used (`latest`): the named one, else the one before the
 * present one. Nothing is lost: the present one stays under a tag of its own. Fails with
 * `image.not-found`, `name.invalid`.
 */
export async function rollbackImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly to: string | null },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.rollback'>> {
  const now = await imagesNow(deps, caller, options);
  const own = ownRepository(now, caller, input.name);
  if (own.tags.size === 0) throw missingImage(own.name);
  const tag = input.to ?? tagBefore(own, versionsOf(now, own, buildsOf(deps, caller, own)));
  const { details, reference } = taggedImage(own, tag);
  const latest = own.tags.get('latest');
  const image = now.summaryOf(details, reference);
  if (latest?.id === details.id) return { image, note: `${tag} is in use already` };
  const was = latest === undefined ? 'nothing' : versionOf(deps, caller, own, latest.id);
  if (options.dryRun === true) {
    return { image, note: `${own.name} would be ${tag} instead of ${was}` };
  }
  const kept = await keepNamed(deps, own);
  await deps.engine.tagImage(details.id, targetOf(own, 'latest'));
  return {
    image: await summaryNow(deps, caller, { own, tag: 'latest' }),
    note: `${own.name} is ${tag} now; it was ${kept ?? was}`,
  };
}

/** The newest build before the version in use; without builds, whatever is older. */
function tagBefore(own: OwnRepository, versions: readonly ImageVersion[]): string {
  const current = versions.findIndex((version) => version.current);
  const older = versions
    .slice(current + 1)
    .filter(({ id, tags }) => id !== null && !tags.every(isKeptTag))
    .filter(({ id }) => id !== versions[current]?.id);
  const found = older.find(({ build }) => build !== null) ?? older[0];
  const tag = found?.build ?? found?.tags[0];
  if (tag !== undefined) return tag;
  throw ds01Error('image.not-found', {
    message: `${own.name} has no version before the one in use.`,
    hint: `ds01 image history ${own.name}`,
    details: { image: own.name },
  });
}

/** What people call a version: its build, else a tag of it. */
function versionOf(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  caller: Pick<Caller, 'owner'>,
  own: OwnRepository,
  id: string,
): string {
  const tags = [...own.tags].filter(([, image]) => image.id === id).map(([tag]) => tag);
  const build = buildsOf(deps, caller, own).find((one) => tags.includes(one.build));
  return build?.build ?? tags.find((tag) => tag !== 'latest') ?? tags[0] ?? 'another version';
}

async function summaryNow(
  deps: ControlPlaneDependencies,
  caller: Caller,
  { own, tag }: { readonly own: OwnRepository; readonly tag: string },
) {
  const now = await imagesNow(deps, caller);
  const { details, reference } = taggedImage(ownRepository(now, caller, own.name), tag);
  return now.summaryOf(details, reference);
}
