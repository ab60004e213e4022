import type { ConfigProblem, SiteSettings } from '@ds01/contracts';
import type { CatalogueEntry } from '@ds01/dockerfile-builder';
import type { ControlPlaneDependencies } from '../dependencies.ts';

/** A site's own catalogue of base images. */
export interface SiteCatalogue {
  /** None while there is a problem: what is half understood is of no use. */
  readonly entries: readonly CatalogueEntry[];
  /** Everything wrong with the file, each an error with its place. */
  readonly problems: readonly ConfigProblem[];
}

/** Reads the file that `images.catalogue` names; without one there is neither entry nor problem. */
export async function readSiteCatalogue(
  { policyFiles }: Pick<ControlPlaneDependencies, 'policyFiles'>,
  { images }: Pick<SiteSettings, 'images'>,
): Promise<SiteCatalogue> {
  const path = images.catalogue;
  if (path === null) return { entries: [], problems: [] };
  const file = policyFiles.readNamed(path);
  if (file === null || file.text === null) {
    const code = file === null ? 'config.missing-file' : 'config.unreadable-file';
    const why = file?.error ?? 'It is not there.';
    const message = `The site’s catalogue of base images can’t be used. ${why}`;
    return { entries: [], problems: [problemOf(path, { code, message })] };
  }
  const { text } = file;
  const { parseCatalogue } = await import('@ds01/dockerfile-builder');
  const read = parseCatalogue(text, { file: path });
  if (read.ok) return { entries: read.entries, problems: [] };
  const problems = read.problems.map(({ line, column, message, hint }) =>
    problemOf(path, {
      code: 'config.invalid-value',
      message: `In the site’s catalogue of base images, of which nothing is used: ${message}.`,
      line,
      column,
      found: text.split(/\r?\n/)[line - 1]?.trim() ?? '',
      ...(hint === null ? {} : { allowed: hint }),
    }),
  );
  return { entries: [], problems };
}

function problemOf(
  file: string,
  parts: Pick<ConfigProblem, 'code' | 'message'> & Partial<ConfigProblem>,
): ConfigProblem {
  return {
    severity: 'error',
    file,
    line: 1,
    column: 1,
    found: file,
    allowed: 'a catalogue (docs/reference/images.md)',
    suggestion: null,
    ...parts,
  };
}
