import type { ImageDiff } from '@ds01/contracts';
import type { ImageDetails, ImageHistoryEntry } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { comparePackages } from './compare-packages.ts';
import { imagesNow } from './images-now.ts';
import { usableImage } from './own-image.ts';
import { installedIn } from './packages.ts';
import { layerOf } from './show.ts';

/** Two versions to compare. */
export interface DiffInput {
  readonly name: string;
  readonly tag: string | null;
  /** `null` is another version of the first. */
  readonly otherName: string | null;
  readonly otherTag: string | null;
}

/**
 * Packages, size and layers of two images that a person may use, beside each other. Fails with
 * `image.not-found`, `image.unreadable`, `name.invalid`.
 */
export async function diffImages(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: DiffInput,
  options: UseCaseOptions = {},
): Promise<ImageDiff> {
  const now = await imagesNow(deps, caller, options);
  const one = usableImage(now, caller, input);
  const other = usableImage(now, caller, {
    name: input.otherName ?? input.name,
    tag: input.otherTag,
  });
  const before = now.summaryOf(one.details, one.reference);
  const after = now.summaryOf(other.details, other.reference);
  const packages = comparePackages(
    (await installedIn(deps, before, options)).packages,
    (await installedIn(deps, after, options)).packages,
  );
  const common = commonLayers(one.details, other.details);
  const [removed, added] = [
    await layersAbove(deps, one.details, common),
    await layersAbove(deps, other.details, common),
  ];
  return {
    before,
    after,
    packages: [...packages],
    sizeBytes: after.sizeBytes - before.sizeBytes,
    commonLayers: common,
    removedLayers: removed.map(layerOf),
    addedLayers: added.map(layerOf),
  };
}

/** How many layers at the bottom are the same. */
function commonLayers(one: ImageDetails, other: ImageDetails): number {
  const differs = one.layers.findIndex((layer, index) => layer !== other.layers[index]);
  return differs === -1 ? one.layers.length : differs;
}

/**
 * The steps that made the layers above the lowest `common`. Steps without content made no layer; one
 * that could be either counts as a layer as long as there are some left.
 */
async function layersAbove(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  image: ImageDetails,
  common: number,
): Promise<readonly ImageHistoryEntry[]> {
  const history = await deps.engine.imageHistory(image.id);
  const above = image.layers.length - common;
  const made = history.filter((entry) => entry.sizeBytes > 0 || mayBeLayer(entry));
  // Of those that may be layers the empty ones go first where there are too many.
  const tooMany = Math.max(0, made.length - image.layers.length);
  const empty = made.filter(({ sizeBytes }) => sizeBytes === 0).slice(0, tooMany);
  return made.filter((entry) => !empty.includes(entry)).slice(0, above);
}

/** Instructions that write files, though perhaps none; all others only set something. */
function mayBeLayer({ createdBy }: ImageHistoryEntry): boolean {
  return !/#\(nop\)\s+(?!ADD|COPY|WORKDIR)/.test(createdBy);
}
