import { isLong } from '@ds01/e2e/vitest';

export { canRun, isLong, useSandbox } from '@ds01/e2e/vitest';

const embedded = { mode: 'embedded', daemon: false } as const;
const throughDaemon = { mode: 'daemon', daemon: true } as const;

/** Where the operations of a command run: what holds in one holds in the other. */
export const modes = [embedded, throughDaemon] as const;

/**
 * The modes for tests of what the operations do, which are the same code in both: the short run tries
 * them in the named one. That both answer alike is for `commands.e2e.test.ts` and the server's matrix.
 */
export function oneOfModes(mode: 'embedded' | 'daemon'): readonly (typeof modes)[number][] {
  return modes.filter((each) => isLong || each.mode === mode);
}
