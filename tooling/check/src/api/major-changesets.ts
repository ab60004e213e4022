import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Packages that the HTTP API belongs to. */
const packagesOfApi = ['@ds01/contracts', '@ds01/server'];

const bumpsSchema = z.record(z.string(), z.string()).nullable();

/** Changesets (`.changeset/*.md`) that make the next release of the HTTP API a major one. */
export function majorChangesets(root: string): readonly string[] {
  const folder = join(root, '.changeset');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .filter((name) => {
      const bumps = bumpsIn(readFileSync(join(folder, name), 'utf8'));
      return packagesOfApi.some((one) => bumps[one] === 'major');
    });
}

/** Package -> kind of release, from the front matter of a changeset. */
function bumpsIn(text: string): Readonly<Record<string, string>> {
  const [, matter = ''] = /^---\r?\n([^]*?)\r?\n---/.exec(text) ?? [];
  return bumpsSchema.parse(parse(matter)) ?? {};
}
