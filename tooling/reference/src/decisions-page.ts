import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notice, page, table } from './markdown.ts';

/** The record that new ones are copied from. */
const template = '0000-template.md';

/** `docs/adr/README.md`: every decision of the checkout at `root`, by number, with its title. */
export function decisionsPage(root: string): string {
  const folder = join(root, 'docs/adr');
  const names = readdirSync(folder).filter((name) => /^\d{4}-[a-z0-9-]+\.md$/.test(name));
  const rows = names
    .filter((name) => name !== template)
    .toSorted()
    .map((name) => [name.slice(0, 4), `[${titleOf(join(folder, name))}](${name})`]);
  return page(
    '# Decisions',
    notice.replace('the code; edit the code', 'the records; edit those'),
    `What a newcomer would question, and why it is so. [The template](${template}) is for new ones.`,
    table(['number', 'decision'], rows),
  );
}

/** The heading without its number. */
function titleOf(path: string): string {
  const [heading = ''] = readFileSync(path, 'utf8').split('\n');
  return heading.replace(/^# (?:\d+: )?/, '');
}
