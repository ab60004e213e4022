import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../finding.ts';
import { breakingChanges } from './breaking-changes.ts';
import { apiDocumentSchema, type ApiDocument } from './document.ts';
import { majorChangesets } from './major-changesets.ts';
import { breakingRules } from './rules.ts';

const releasedFile = 'docs/released/openapi.json';
const currentFile = 'docs/reference/openapi.json';

/**
 * What would break clients of the HTTP API that was released last; nothing while a changeset makes the
 * next release a major one.
 */
export function findBreakingChanges(root: string): readonly Finding[] {
  const changes = breakingChanges(read(root, releasedFile), read(root, currentFile));
  if (changes.length === 0 || majorChangesets(root).length > 0) return [];
  const findings = changes.map(({ rule, where, message }) => ({
    file: currentFile,
    message: `${where}: ${breakingRules[rule]} (${rule}: ${message})`,
  }));
  const message = 'breaks clients: keep what was released, or add a changeset that is major';
  return [...findings, { file: currentFile, message }];
}

function read(root: string, file: string): ApiDocument {
  return apiDocumentSchema.parse(JSON.parse(readFileSync(join(root, file), 'utf8')));
}
