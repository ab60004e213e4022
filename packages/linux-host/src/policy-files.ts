import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyFile, PolicyFiles } from '@ds01/ports';
import { z } from 'zod';
import { storageError, systemCodeOf } from './storage-errors.ts';

/** Where the files are and where the copy of the last good ones is kept. */
export interface PolicyFilesOptions {
  readonly configDirectory: string;
  readonly stateDirectory: string;
}

const names = [
  'resource-limits.yaml',
  'user-overrides.yaml',
  'lifecycle-exemptions.yaml',
  'ds01.yaml',
];

const keptSchema = z.array(
  z.object({ path: z.string(), text: z.string().nullable(), error: z.string().nullable() }),
);

/** The configuration folder on disk. Reading never fails: an unreadable file is reported as such. */
export function createPolicyFiles(options: PolicyFilesOptions): PolicyFiles {
  const { configDirectory, stateDirectory } = options;
  const keptPath = join(stateDirectory, 'last-good-policy.json');
  let saved: string | null = null;
  return {
    read: () =>
      [...names, ...memberFiles(configDirectory)]
        .map((name) => readPolicyFile(join(configDirectory, name)))
        .filter((file) => file !== null),
    readLastGood: () => {
      const kept = readPolicyFile(keptPath);
      if (kept === null || kept.text === null) return null;
      const parsed = parseKept(kept.text);
      return parsed.success ? parsed.data : null;
    },
    saveLastGood: (files) => {
      const text = JSON.stringify(files);
      if (saved === text || readPolicyFile(keptPath)?.text === text) return;
      replaceFile(keptPath, text);
      saved = text;
    },
  };
}

function parseKept(text: string) {
  try {
    return keptSchema.safeParse(JSON.parse(text));
  } catch {
    return keptSchema.safeParse(null);
  }
}

function memberFiles(configDirectory: string): readonly string[] {
  try {
    return readdirSync(join(configDirectory, 'groups'))
      .filter((name) => name.endsWith('.members'))
      .toSorted()
      .map((name) => join('groups', name));
  } catch {
    return [];
  }
}

function readPolicyFile(path: string): PolicyFile | null {
  try {
    return { path, text: readFileSync(path, 'utf8'), error: null };
  } catch (error) {
    const code = systemCodeOf(error) ?? String(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : { path, text: null, error: code };
  }
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    throw storageError(path, error);
  }
}
