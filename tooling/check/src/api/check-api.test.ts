import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { findBreakingChanges } from './check-api.ts';
import { apiDocumentSchema } from './document.ts';
import { breakingChanges } from './breaking-changes.ts';

const operation = { operationId: 'things.list', responses: { 200: { description: '' } } };
const released = { paths: { '/things': { get: operation } } };

/** A checkout whose API has lost its only operation, with a changeset. */
function checkout(changeset: string): string {
  const root = mkdtempSync(join(tmpdir(), 'ds01-api-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ['docs/released', 'docs/reference', '.changeset']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, 'docs/released/openapi.json'), JSON.stringify(released));
  writeFileSync(join(root, 'docs/reference/openapi.json'), JSON.stringify({ paths: {} }));
  writeFileSync(join(root, '.changeset/README.md'), '---\n"@ds01/server": major\n---\n');
  writeFileSync(join(root, '.changeset/words.md'), changeset);
  return root;
}

test.each([
  ['none that says so', '---\n---\n\nNothing.\n'],
  ['a minor one', '---\n"@ds01/contracts": minor\n"@ds01/server": minor\n---\n\nMore.\n'],
  ['a major one of something else', "---\n'@ds01/cli': major\n---\n\nOther words.\n"],
])('a breaking change with %s is found', (_, changeset) => {
  const findings = findBreakingChanges(checkout(changeset)).map(({ message }) => message);
  expect(findings).toEqual([
    'things.list: a path or a method is gone (operation-removed: GET /things)',
    expect.stringContaining('changeset'),
  ]);
});

test.each(['@ds01/contracts', '@ds01/server'])('a major changeset of %s lets it pass', (name) => {
  const changeset = `---\n"@ds01/cli": patch\n"${name}": major\n---\n\nThings are gone.\n`;
  expect(findBreakingChanges(checkout(changeset))).toEqual([]);
});

test('the same document, written in another order, breaks nothing', () => {
  const one = apiDocumentSchema.parse(released);
  expect(
    breakingChanges(one, apiDocumentSchema.parse(JSON.parse(JSON.stringify(released)))),
  ).toEqual([]);
});
