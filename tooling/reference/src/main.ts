// pnpm reference: writes docs/reference and the list of decisions from the code; with --released also docs/released, the HTTP
// API that later changes are compared with.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decisionsPage } from './decisions-page.ts';
import { referencePages } from './pages.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'docs/reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(referencePages(root))) {
  writeFileSync(join(folder, name), text);
  console.log(`docs/reference/${name}`);
}
writeFileSync(join(root, 'docs/adr/README.md'), decisionsPage(root));
console.log('docs/adr/README.md');
if (process.argv.includes('--released')) {
  const released = join(root, 'docs/released');
  mkdirSync(released, { recursive: true });
  copyFileSync(join(folder, 'openapi.json'), join(released, 'openapi.json'));
  console.log('docs/released/openapi.json');
}
