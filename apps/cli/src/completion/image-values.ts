import { noCompletion, type Completion, type ValueRequest } from '@ds01/command-line';
import type { ImageSummary } from '@ds01/contracts';
import { imageWordOf } from '../images/image-words.ts';
import { ownNames } from '../images/own-names.ts';
import type { Runtime } from '../runtime.ts';
import type { Known } from './values.ts';

type Request = ValueRequest<Runtime>;

/** How many operands of a verb are images; the others take one of one's own. */
const imagesOf: Readonly<Record<string, { readonly count: number; readonly anyones: boolean }>> = {
  show: { count: 1, anyones: true },
  sbom: { count: 1, anyones: true },
  diff: { count: 2, anyones: true },
  delete: { count: Infinity, anyones: false },
  create: { count: 0, anyones: false },
  pull: { count: 0, anyones: false },
};

/** Values for the operands of commands on images. */
export async function imageOperands(request: Request, known: Known): Promise<Completion> {
  const { spec, operands, begun } = request;
  const { count, anyones } = imagesOf[spec.verb] ?? { count: 1, anyones: false };
  if (operands.length >= count) return noCompletion;
  const images = await listed(request, known);
  if (begun.includes(':')) {
    const { name } = imageWordOf(begun.replace(/:[^:]*$/, ''));
    const own = tagsOf(images, name).map((tag) => ({ value: `${name}:${tag}` }));
    if (own.length > 0) return { ...noCompletion, candidates: own };
  }
  const names = ownNames(images).map((value) => ({ value, description: 'yours' }));
  const others = images
    .filter(({ own }) => !own)
    .map(({ name, sharedBy }) => ({
      value: name,
      description: sharedBy === null ? 'everybody’s' : `shared by ${sharedBy}`,
    }));
  return { ...noCompletion, candidates: anyones ? [...names, ...others] : names };
}

/** Tags of the image that was named before. */
export async function imageTags(request: Request, known: Known): Promise<Completion> {
  const [word] = request.operands;
  if (request.spec.noun !== 'image' || word === undefined) return noCompletion;
  const tags = tagsOf(await listed(request, known), imageWordOf(word).name);
  return { ...noCompletion, candidates: tags.map((value) => ({ value })) };
}

/** Frameworks that the catalogue has bases of. */
export async function frameworks({ valueOf }: Request, { ask }: Known): Promise<Completion> {
  const { bases } = await ask(valueOf('--user'), (api, signal) =>
    api.call('images.bases', { framework: null }, { signal }),
  );
  const names = [...new Set(bases.map(({ framework }) => framework))];
  return { ...noCompletion, candidates: names.map((value) => ({ value })) };
}

async function listed({ valueOf }: Request, { ask }: Known): Promise<readonly ImageSummary[]> {
  const found = await ask(valueOf('--user'), (api, signal) =>
    api.call('images.list', {}, { signal }),
  );
  return found.images;
}

/** The tags of one's own image of a name, without its repository. */
function tagsOf(images: readonly ImageSummary[], name: string): readonly string[] {
  const tags = images.filter(({ own }) => own).flatMap((image) => image.tags);
  const words = tags.map((tag) => imageWordOf(tag.replace(/^ds01-[^/]+\//, '')));
  return words.flatMap((word) => (word.name === name && word.tag !== null ? [word.tag] : []));
}
