import { numberIn } from '../kernel-files.ts';

/** Texts of a cgroup's memory files. */
export interface MemoryFiles {
  readonly used: string | null;
  readonly limit: string | null;
  readonly statistics: string | null;
}

/** Above this a limit is the kernel's way to write that there is none. */
const noLimitBytes = 2 ** 62;

/** Of the cache that goes first when memory is short; people don't think of it as used. */
const inactive = {
  1: /^total_inactive_file (\d+)$/m,
  2: /^inactive_file (\d+)$/m,
} as const;

/** Memory in use without the cache that goes first, and its limit; `null` is unknown, or no limit. */
export function memoryOf(
  files: MemoryFiles,
  version: 1 | 2,
): { readonly memoryBytes: number | null; readonly memoryLimitBytes: number | null } {
  const used = numberIn(files.used);
  const limit = numberIn(files.limit);
  const line = inactive[version].exec(files.statistics ?? '');
  return {
    memoryBytes: used === null ? null : Math.max(0, used - Number(line?.[1] ?? 0)),
    memoryLimitBytes: limit === null || limit >= noLimitBytes ? null : limit,
  };
}
