import { fields, table, type Cell, type Screen } from '@ds01/command-line';
import type { ImageSummary } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import { agoText } from './ago.ts';

/** Whose an image is, for people. */
function ownerText({ own, sharedBy }: Pick<ImageSummary, 'own' | 'sharedBy'>): string {
  if (own) return 'you';
  return sharedBy === null ? 'everybody' : `shared by ${sharedBy}`;
}

/** When an image was last used, for people. */
function usedText({ lastUsedAt }: Pick<ImageSummary, 'lastUsedAt'>, nowMs: number): string {
  return lastUsedAt === null ? '-' : agoText(lastUsedAt, nowMs);
}

/** The tags of an image without its repository, the ones that were never chosen last. */
export function tagWords(tags: readonly string[]): readonly string[] {
  const words = tags.map((tag) => tag.slice(tag.lastIndexOf(':') + 1));
  return [...new Set(words)].toSorted((one, other) => rank(one) - rank(other));
}

/** In a list the tag of a build stands only where there is no other. */
function shownTags(tags: readonly string[]): readonly string[] {
  const words = tagWords(tags);
  const others = words.filter((tag) => !isBuildTag(tag));
  return others.length === 0 ? words : others;
}

/** True for a tag that DS01 gave; what a person chose is another. */
export function isGivenTag(tag: string): boolean {
  return tag === 'latest' || isBuildTag(tag);
}

/** True for the tag that names a build. */
export function isBuildTag(tag: string): boolean {
  return /^b\d{8}-\d+$/.test(tag);
}

/** `latest` says nothing, and every build has a tag; what a person chose comes first. */
function rank(tag: string): number {
  if (isBuildTag(tag)) return 2;
  return tag === 'latest' ? 1 : 0;
}

/** Images as a table. */
export function imageTable(
  images: readonly ImageSummary[],
  { screen, nowMs }: { readonly screen: Screen; readonly nowMs: number },
): string {
  if (images.length === 0) return 'no images';
  return table(
    {
      columns: [
        { heading: 'NAME', atLeast: 16 },
        { heading: 'OWNER', drop: 2 },
        { heading: 'TAGS', atLeast: 12, drop: 4 },
        { heading: 'SIZE' },
        { heading: 'AGE', drop: 1 },
        { heading: 'LAST USE', drop: 3 },
        { heading: 'USED BY', drop: 5 },
      ],
      rows: images.map((image): readonly Cell[] => [
        image.name,
        ownerText(image),
        shownTags(image.tags).join(', '),
        formatBytes(image.sizeBytes),
        agoText(image.createdAt, nowMs),
        usedText(image, nowMs),
        String(image.containers),
      ]),
    },
    screen,
  );
}

/** What there is to know of an image from its summary, as rows of {@link fields}. */
export function summaryRows(
  image: ImageSummary,
  nowMs: number,
): readonly (readonly [string, Cell])[] {
  return [
    ['image', image.name],
    ['owner', ownerText(image)],
    ['tags', tagWords(image.tags).join(', ')],
    ['id', image.id.replace(/^sha256:/, '').slice(0, 12)],
    ['size', formatBytes(image.sizeBytes)],
    ['made', `${agoText(image.createdAt, nowMs)} (${image.createdAt})`],
    ['last use', usedText(image, nowMs)],
    ['containers', String(image.containers)],
    ['framework', image.framework ?? '-'],
  ];
}

/** Everything that a list knows, a block an image. */
export function detailedImages(
  images: readonly ImageSummary[],
  { screen, nowMs }: { readonly screen: Screen; readonly nowMs: number },
): string {
  if (images.length === 0) return 'no images';
  return images.map((image) => fields(summaryRows(image, nowMs), screen)).join('\n\n');
}
