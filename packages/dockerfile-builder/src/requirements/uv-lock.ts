import { z } from 'zod';
import type { TextProblem } from './text-problem.ts';
import { readToml } from './toml-text.ts';

/** A package that a `uv.lock` fixes. */
export interface LockedPackage {
  readonly name: string;
  /** `null` for the project itself and others whose version is made when they are built. */
  readonly version: string | null;
  /** Where it comes from; `project` is the folder of the lock, or another in its workspace. */
  readonly source: 'index' | 'git' | 'url' | 'path' | 'project';
}

/** How reading it ended. */
export type UvLockResult =
  | {
      readonly ok: true;
      readonly requiresPython: string | null;
      readonly packages: readonly LockedPackage[];
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

const schema = z.looseObject({
  version: z.number(),
  'requires-python': z.string().optional(),
  package: z
    .array(
      z.looseObject({
        name: z.string(),
        version: z.string().optional(),
        source: z.looseObject({}).default({}),
      }),
    )
    .default([]),
});

const file = 'uv.lock';
/** Revisions of the format that keep their major number can be read (uv, "Lockfile versioning"). */
const knownVersion = 1;

function sourceOf(source: Readonly<Record<string, unknown>>): LockedPackage['source'] {
  if ('git' in source) return 'git';
  if ('url' in source) return 'url';
  if ('editable' in source || 'virtual' in source) return 'project';
  if ('path' in source || 'directory' in source) return 'path';
  return 'index';
}

/** Names and versions of a `uv.lock`, in its order. Refuses broken TOML and other formats. */
export function parseUvLock(text: string): UvLockResult {
  const fail = (message: string, hint: string | null): UvLockResult => ({
    ok: false,
    problems: [{ file, line: 1, column: 1, message, hint }],
  });
  const toml = readToml(text, file);
  if (!toml.ok) return { ok: false, problems: [toml.problem] };
  const parsed = schema.safeParse(toml.data);
  if (!parsed.success) return fail('this is no lock file of uv', 'make it with "uv lock"');
  if (parsed.data.version !== knownVersion) {
    return fail(`format ${parsed.data.version} of uv.lock is not known here`, null);
  }
  return {
    ok: true,
    requiresPython: parsed.data['requires-python'] ?? null,
    packages: parsed.data.package.map(({ name, version, source }) => ({
      name,
      version: version ?? null,
      source: sourceOf(source),
    })),
  };
}
