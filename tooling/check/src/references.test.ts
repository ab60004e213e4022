import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findReferences, writeReferences } from './references.ts';

test('a project that the root does not list is reported until the list is written', () => {
  const root = mkdtempSync(join(tmpdir(), 'ds01-references-'));
  try {
    mkdirSync(join(root, 'packages/limits'), { recursive: true });
    for (const name of ['tsconfig.json', 'tsconfig.test.json']) {
      writeFileSync(join(root, 'packages/limits', name), '{}');
    }
    expect(findReferences(root)).toHaveLength(1);
    writeReferences(root);
    expect(findReferences(root)).toEqual([]);
    writeFileSync(join(root, 'packages/limits/tsconfig.e2e.json'), '{}');
    expect(findReferences(root)).toHaveLength(1);
  } finally {
    rmSync(root, { recursive: true });
  }
});
