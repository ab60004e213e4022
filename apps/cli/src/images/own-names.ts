import type { ImageSummary } from '@ds01/contracts';
import { imageWordOf } from './image-words.ts';

/** The names of one's own images, each once, in the order of the list. */
export function ownNames(images: readonly ImageSummary[]): readonly string[] {
  const own = images.filter((image) => image.own);
  return [...new Set(own.map(({ name }) => imageWordOf(name).name))];
}
