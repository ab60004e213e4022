import { readObjectName, type ImageSummary, type Slug } from '@ds01/contracts';
import type { ContainerRecord, ImageDetails } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { imageAccess, type ImageAccess } from './access.ts';
import { readUse } from './last-use.ts';
import { isReservedTag } from './reserved-tags.ts';

const frameworkLabel = 'ds01.framework';

/** The images of this host as one person may see them, at one moment. */
export interface ImagesNow {
  /** Everything on the engine, what the person may not see included. */
  readonly all: readonly ImageDetails[];
  readonly access: ImageAccess;
  /** Tags of an image that the person may use, their own first. None: it isn't there for them. */
  tagsOf(image: Pick<ImageDetails, 'tags'>): readonly string[];
  /** The person's containers that were made from an image and are still there. */
  containersOf(image: Pick<ImageDetails, 'id' | 'tags'>): readonly ContainerRecord[];
  /** `wanted` is the tag to call it by; the first that the person may use when left out. */
  summaryOf(image: ImageDetails, wanted?: string): ImageSummary;
}

/** Lists the engine's images once and reads what the ledger knows of them. */
export async function imagesNow(
  deps: ControlPlaneDependencies,
  caller: Pick<Caller, 'owner'>,
  options: UseCaseOptions & { readonly policy?: CurrentPolicy } = {},
): Promise<ImagesNow> {
  const { owner } = caller;
  const all = await deps.engine.listImages(options);
  const policy = options.policy ?? loadCurrentPolicy(deps, { dryRun: true });
  const viewer = { owner, group: policy.forUser(owner.name).group };
  const { access, records, uses } = deps.store.transaction(({ meta, containers }) => ({
    access: imageAccess(meta, viewer),
    records: containers.all().filter((record) => isOwn(record, owner)),
    uses: readUse(meta),
  }));
  const prefix = ownPrefix(owner.slug);
  const tagsOf: ImagesNow['tagsOf'] = (image) => {
    const usable = access.tagsOf(image);
    // Those of one kind by how well they tell what it is.
    const weight = (tag: string): number => rankOf(access, tag) * 10 + strangeness(tag);
    return usable.toSorted((one, other) => weight(one) - weight(other));
  };
  const ownNames = new Set(
    all.flatMap(tagsOf).flatMap((tag) => (tag.startsWith(prefix) ? [bareName(tag)] : [])),
  );
  const containersOf: ImagesNow['containersOf'] = ({ id, tags }) =>
    records.filter((record) => madeFrom(record, { id, tags }));
  return {
    all,
    access,
    tagsOf,
    containersOf,
    summaryOf(image, wanted) {
      const tags = tagsOf(image);
      // Without a tag an image is known by its name alone.
      const latest = tags.find((tag) => tag.startsWith(prefix) && tag.endsWith(':latest'));
      const first = wanted ?? latest ?? tags[0] ?? image.id;
      const users = containersOf(image);
      const times = [...users.map(({ createdAtMs }) => createdAtMs), uses.get(image.id) ?? 0];
      const lastUsedAtMs = Math.max(...times);
      return {
        name: nameOf(first, { prefix, ownNames }),
        tags: [...tags],
        id: image.id,
        sizeBytes: image.sizeBytes,
        createdAt: instantOf(image.createdAtMs),
        framework: image.labels[frameworkLabel] ?? null,
        own: first.startsWith(prefix),
        sharedBy: access.sharedBy(first),
        containers: users.length,
        lastUsedAt: lastUsedAtMs === 0 ? null : instantOf(lastUsedAtMs),
      };
    },
  };
}

function rankOf(access: ImageAccess, tag: string): number {
  if (access.isOwn(tag)) return 0;
  return access.sharedBy(tag) === null ? 2 : 1;
}

function strangeness(reference: string): number {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  if (tag === 'latest') return 0;
  return isReservedTag(tag) ? 2 : 1;
}

/** Of the person, not of an earlier account of the same name. */
function isOwn(record: ContainerRecord, owner: Caller['owner']): boolean {
  return record.user === owner.name && (record.uid === null || record.uid === owner.uid);
}

/** By the image's id where it is known: names lead elsewhere later. */
function madeFrom(record: ContainerRecord, image: Pick<ImageDetails, 'id' | 'tags'>): boolean {
  if (record.mounts !== null) return record.mounts.image === image.id;
  return record.image === image.id || image.tags.includes(withTag(record.image));
}

function withTag(reference: string): string {
  return /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
}

/** What every tag of a person's own images begins with. */
export function ownPrefix(slug: Slug): string {
  return `ds01-${slug}/`;
}

/** What to write after `--image`. */
function nameOf(
  tag: string,
  names: { readonly prefix: string; readonly ownNames: ReadonlySet<string> },
): string {
  const short = tag.replace(/:latest$/, '');
  if (tag.startsWith(names.prefix)) return short.slice(names.prefix.length);
  // Without a folder a name is looked for among one's own images first.
  const isHidden = !tag.includes('/') && names.ownNames.has(bareName(tag));
  return isHidden && readObjectName(bareName(tag)).ok ? `library/${short}` : short;
}

/** `thesis` of `ds01-alice/thesis:latest`. */
function bareName(tag: string): string {
  return tag.slice(tag.lastIndexOf('/') + 1).split(':')[0] ?? '';
}
