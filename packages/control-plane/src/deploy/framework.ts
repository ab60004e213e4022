import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { listImages } from '../images/list.ts';

/** Short names that people know. */
const short: Readonly<Record<string, string>> = { torch: 'pytorch', tf: 'tensorflow' };

/**
 * The image of this server that is made for a framework (its label `ds01.framework`, with or without a
 * version): the caller's newest one, else one that everybody may use. Fails with `image.not-found`,
 * naming the frameworks that there are images for.
 */
export async function imageOfFramework(
  deps: ControlPlaneDependencies,
  request: { readonly framework: string; readonly caller: Caller },
  options: UseCaseOptions,
): Promise<string> {
  const { framework, caller } = request;
  const listed = await listImages(deps, caller, options);
  // What somebody shares is used by whoever names it, not by whoever asks for any.
  const images = listed.images.filter(({ sharedBy }) => sharedBy === null);
  const wanted = plainName(framework);
  const found = images.find((image) => image.framework && plainName(image.framework) === wanted);
  const [reference] = found?.tags ?? [];
  if (reference !== undefined) return reference;
  const known = images.flatMap((image) => (image.framework ? [plainName(image.framework)] : []));
  throw noImageFor(framework, [...new Set(known)]);
}

/** `pytorch` of `Pytorch-2.5.1`, which is how the predecessor wrote it. */
function plainName(framework: string): string {
  const name =
    framework
      .trim()
      .toLowerCase()
      .split(/[-_ ](?=\d)/)[0] ?? '';
  return short[name] ?? name;
}

function noImageFor(framework: string, known: readonly string[]): Ds01Error {
  const others =
    known.length === 0
      ? 'Images of frameworks come with a later version of DS01; until then name one with --image.'
      : `There are images for ${known.join(', ')}; name another one with --image.`;
  return ds01Error('image.not-found', {
    message: `No image on this server is made for ${framework}. ${others}`,
    hint: 'ds01 image list',
    details: { framework, frameworks: known },
  });
}
