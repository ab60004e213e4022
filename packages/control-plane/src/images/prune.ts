import type { RouteOutput } from '@ds01/contracts';
import type { ImageDetails } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { operandOf } from '../lookup.ts';
import { gpusIfQuick, open } from '../use-case.ts';
import { measureSpace } from './freed-space.ts';
import { imagesNow, ownPrefix, type ImagesNow } from './images-now.ts';
import { forgetUse } from './last-use.ts';
import { leftOversOf, removeLeftOvers, removeUnused } from './left-overs.ts';
import { isKeptTag, isReservedTag } from './reserved-tags.ts';
import { takeAway } from './take-away.ts';

const dayMs = 24 * 3_600_000;
/** Whose steps an image without a name is made of; builds write it. */
const builderLabel = 'ds01.build.owner';

/**
 * Deletes versions of a person's images that nothing needs: older builds, steps of builds that nobody
 * named, and layers that were kept of containers for longer than the site keeps them
 * (`lifecycle.kept_days`). What containers use, what `latest` or a tag of its own leads to, and
 * everybody else's, stays.
 */
export async function pruneImages(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly olderThanDays: number },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.prune'>> {
  const { policy } = await open(deps, gpusIfQuick(options));
  const now = await imagesNow(deps, caller, { ...options, policy });
  const { owner } = caller;
  const isTaken = (tag: string): boolean => tag.startsWith(ownPrefix(owner.slug));
  const rule = {
    now,
    nowMs: deps.clock.nowMs(),
    olderThanMs: input.olderThanDays * dayMs,
    keptMs: policy.settings.lifecycle.kept_days * dayMs,
    isTaken,
  };
  const named = now.all.filter((image) => now.tagsOf(image).some(isTaken));
  const going = named.filter((image) => reasonToKeep(image, rule) === null);
  const nameless = namelessOf(deps, caller, rule);
  const leftOvers = leftOversOf(now.all, owner.slug);
  const left = now.all.filter(({ tags }) => tags.some((tag) => leftOvers.includes(tag)));
  const space = await measureSpace(deps, now.all, [...going, ...nameless, ...left]);
  const kept = named.flatMap((image) => {
    const reason = reasonToKeep(image, rule);
    return reason === null ? [] : [{ name: now.summaryOf(image).name, reason }];
  });
  if (options.dryRun === true) {
    const ids = new Set([...going, ...nameless].map(({ id }) => id));
    return { tags: going.flatMap(({ tags }) => tags), ids: [...ids], freedBytes: space(ids), kept };
  }
  const done = await takeAway(deps, going, { slug: owner.slug, isTaken });
  const earlier = await removeLeftOvers(deps, now.all, owner.slug);
  const steps: string[] = [];
  for (const { id } of nameless) {
    const removed = await removeUnused(deps, id);
    if (removed?.deleted.includes(id) === true) steps.push(id);
  }
  const ids = new Set([...done.ids, ...earlier, ...steps]);
  deps.store.transaction(({ builds, meta }) => {
    for (const build of builds.list({ uid: owner.uid, name: null })) {
      if (build.imageId !== null && ids.has(build.imageId)) builds.remove(build);
    }
    forgetUse(meta, (id) => !ids.has(id));
  });
  return {
    tags: [...done.tags],
    ids: [...ids],
    freedBytes: space(ids),
    kept: [...kept, ...done.kept],
  };
}

interface Rule {
  readonly now: ImagesNow;
  readonly nowMs: number;
  readonly olderThanMs: number;
  /** How long a layer is kept of a container. */
  readonly keptMs: number;
  /** True for the person's own tags. */
  readonly isTaken: (tag: string) => boolean;
}

/** Why a version stays; `null` when it goes. */
function reasonToKeep(image: ImageDetails, rule: Rule): string | null {
  const { now, nowMs } = rule;
  const tags = image.tags.map((tag) => tag.slice(tag.lastIndexOf(':') + 1));
  const ageMs = nowMs - image.createdAtMs;
  const users = now.containersOf(image).map(operandOf);
  if (users.length > 0) return `made from it: ${[...new Set(users)].toSorted().join(', ')}`;
  if (tags.includes('latest')) return 'it is in use: latest leads to it';
  if (!image.tags.every(rule.isTaken)) return 'it has a name beside yours';
  const own = tags.find((tag) => !isReservedTag(tag));
  if (own !== undefined) return `it has the tag ${own}`;
  if (ageMs < rule.olderThanMs) return 'it is younger than asked for';
  if (tags.some(isKeptTag) && ageMs < rule.keptMs) return 'a layer that was kept not long ago';
  return null;
}

/** What builds of this person made without a name; nothing while one is under way. */
function namelessOf(
  deps: Pick<ControlPlaneDependencies, 'store'>,
  caller: Caller,
  rule: Rule,
): readonly ImageDetails[] {
  const { uid } = caller.owner;
  const isBuilding = deps.store.transaction(({ builds }) =>
    builds.list({ uid, name: null }).some(({ state }) => state === 'running'),
  );
  // What a build made has no name for a moment.
  if (isBuilding) return [];
  return rule.now.all.filter(
    (image) =>
      image.tags.length === 0 &&
      image.labels[builderLabel] === String(uid) &&
      image.digests.length === 0 &&
      rule.nowMs - image.createdAtMs >= rule.olderThanMs &&
      rule.now.containersOf(image).length === 0,
  );
}
