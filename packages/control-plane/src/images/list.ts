import type { ImageSummary } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { imagesNow } from './images-now.ts';

/**
 * The images of this host that a person may use: their own, newest first, then what others share with
 * them and everybody's by name. Those of other people, and those without a name, aren't there.
 */
export async function listImages(
  deps: ControlPlaneDependencies,
  caller: Pick<Caller, 'owner'>,
  options: UseCaseOptions = {},
): Promise<{ images: ImageSummary[] }> {
  const now = await imagesNow(deps, caller, options);
  const images = now.all
    .filter((image) => now.tagsOf(image).length > 0)
    .map((image) => now.summaryOf(image));
  return {
    images: images.toSorted((one, other) => {
      if (one.own !== other.own) return one.own ? -1 : 1;
      return one.own ? compare(other.createdAt, one.createdAt) : compare(one.name, other.name);
    }),
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
