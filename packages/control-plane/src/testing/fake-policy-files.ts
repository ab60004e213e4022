import { ds01Error } from '@ds01/contracts';
import type { PolicyFile, PolicyFiles } from '@ds01/ports';

/** A configuration folder in memory. */
export interface FakePolicyFiles {
  readonly files: PolicyFiles;
  /** Replaces resource-limits.yaml. */
  setLimits(text: string): void;
  /** Replaces a file by its name in the folder; `null` removes it. */
  set(name: string, text: string | null): void;
  /** The text of a file; `null` without. */
  textOf(name: string): string | null;
  /** Runs before every write, as somebody who edits by hand. */
  beforeWrite: () => void;
}

/** A folder with these files, and what is written to it. */
export function createFakePolicyFiles(options: {
  /** Text of resource-limits.yaml. */
  readonly limits: string;
  /** Text of ds01.yaml. */
  readonly settings?: string;
  /** Further files of the folder, by name. */
  readonly config?: Readonly<Record<string, string>>;
  /** Files that the settings name, by path. */
  readonly namedFiles?: Readonly<Record<string, string>>;
}): FakePolicyFiles {
  let good: readonly PolicyFile[] | null = null;
  const texts = new Map<string, string>([['resource-limits.yaml', options.limits]]);
  if (options.settings !== undefined) texts.set('ds01.yaml', options.settings);
  for (const [name, text] of Object.entries(options.config ?? {})) texts.set(name, text);
  const fake: FakePolicyFiles = {
    setLimits: (text) => {
      texts.set('resource-limits.yaml', text);
    },
    set: (name, text) => {
      if (text === null) texts.delete(name);
      else texts.set(name, text);
    },
    textOf: (name) => texts.get(name) ?? null,
    beforeWrite: () => undefined,
    files: {
      read: () => [...texts].map(([path, text]) => ({ path, text, error: null })),
      readNamed: (path) => {
        const text = options.namedFiles?.[path];
        return text === undefined ? null : { path, text, error: null };
      },
      readLastGood: () => good,
      saveLastGood: (files) => {
        good = files;
      },
      write: ({ name, expected, text }) => {
        fake.beforeWrite();
        if ((texts.get(name) ?? null) !== expected) {
          throw ds01Error('policy.changed', { message: `${name} was changed.` });
        }
        texts.set(name, text);
      },
    },
  };
  return fake;
}
