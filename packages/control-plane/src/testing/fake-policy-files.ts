import { ds01Error } from '@ds01/contracts';
import type { PolicyFile, PolicyFiles } from '@ds01/ports';

/** A configuration folder in memory. */
export interface FakePolicyFiles {
  readonly files: PolicyFiles;
  /** Replaces resource-limits.yaml. */
  setLimits(text: string): void;
}

/** A folder with these files, and what is written to it. */
export function createFakePolicyFiles(options: {
  /** Text of resource-limits.yaml. */
  readonly limits: string;
  /** Text of ds01.yaml. */
  readonly settings?: string;
  /** Files that the settings name, by path. */
  readonly namedFiles?: Readonly<Record<string, string>>;
}): FakePolicyFiles {
  let good: readonly PolicyFile[] | null = null;
  const texts = new Map<string, string>([['resource-limits.yaml', options.limits]]);
  if (options.settings !== undefined) texts.set('ds01.yaml', options.settings);
  return {
    setLimits: (text) => {
      texts.set('resource-limits.yaml', text);
    },
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
        if ((texts.get(name) ?? null) !== expected) {
          throw ds01Error('policy.changed', { message: `${name} was changed.` });
        }
        texts.set(name, text);
      },
    },
  };
}
