// pnpm reference: writes docs/reference from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './pages.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'docs/reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(referencePages(root))) {
  writeFileSync(join(folder, name), text);
  console.log(`docs/reference/${name}`);
}
