import type { ImageSummary } from '@ds01/contracts';
import type { HostAccount, ImageDetails } from '@ds01/ports';
import type { UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { isAnothersTag } from './images/access.ts';
import { instantOf } from './present.ts';

const frameworkLabel = 'ds01.framework';

/**
 * The images of this host that a person may use: their own, newest first, then everybody's by name.
 * Those of other people, and those without a name, aren't there.
 */
export async function listImages(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  owner: HostAccount,
  options: UseCaseOptions = {},
): Promise<{ images: ImageSummary[] }> {
  const found = await deps.engine.listImages(options);
  const tagsOf = new Map(
    found.map((image) => [image, image.tags.filter((tag) => !isAnothersTag(tag, owner.slug))]),
  );
  const prefix = `ds01-${owner.slug}/`;
  const ownNames = new Set(
    [...tagsOf.values()].flat().flatMap((tag) => (tag.startsWith(prefix) ? [bareName(tag)] : [])),
  );
  const images = [...tagsOf].flatMap(([image, tags]) => {
    const first = tags.find((tag) => tag.startsWith(prefix)) ?? tags[0];
    return first === undefined ? [] : [summaryOf(image, { tags, first, prefix, ownNames })];
  });
  return {
    images: images.toSorted((one, other) => {
      if (one.own !== other.own) return one.own ? -1 : 1;
      return one.own ? compare(other.createdAt, one.createdAt) : compare(one.name, other.name);
    }),
  };
}

function summaryOf(
  image: ImageDetails,
  names: {
    readonly tags: readonly string[];
    readonly first: string;
    readonly prefix: string;
    readonly ownNames: ReadonlySet<string>;
  },
): ImageSummary {
  const { tags, first, prefix, ownNames } = names;
  const own = first.startsWith(prefix);
  const short = first.replace(/:latest$/, '');
  // Without a folder a name is looked for among one's own images first.
  const shared = ownNames.has(bareName(first)) && !first.includes('/') ? `library/${short}` : short;
  return {
    name: own ? short.slice(prefix.length) : shared,
    tags: [...tags],
    id: image.id,
    sizeBytes: image.sizeBytes,
    createdAt: instantOf(image.createdAtMs),
    framework: image.labels[frameworkLabel] ?? null,
    own,
  };
}

/** `thesis` of `ds01-alice/thesis:latest`. */
function bareName(tag: string): string {
  return tag.slice(tag.lastIndexOf('/') + 1).split(':')[0] ?? '';
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
