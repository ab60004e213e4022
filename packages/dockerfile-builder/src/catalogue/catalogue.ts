import { aimeRows } from './aime-rows.ts';
import type { CatalogueEntry } from './entry.ts';
import { officialRows } from './official-rows.ts';
import { parseCatalogue } from './parse.ts';

function builtIn(text: string): readonly CatalogueEntry[] {
  const result = parseCatalogue(text, { source: 'built-in' });
  // Our own rows: a test reads every one of them.
  return result.ok ? result.entries : [];
}

/** Base images that DS01 knows by itself: those of AIME, the projects' own, NVIDIA's. */
export const catalogue: readonly CatalogueEntry[] = [
  ...builtIn(aimeRows),
  ...builtIn(officialRows),
];

const keyOf = ({ framework, version }: CatalogueEntry): string => `${framework} ${version}`;

/**
 * A site's rows before one's own, which lose every version of a framework that the site has: what a
 * site lists for a version is all there is.
 */
export function mergeCatalogues(
  own: readonly CatalogueEntry[],
  site: readonly CatalogueEntry[],
): readonly CatalogueEntry[] {
  const taken = new Set(site.map(keyOf));
  return [...site, ...own.filter((entry) => !taken.has(keyOf(entry)))];
}
