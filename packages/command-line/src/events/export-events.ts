import { once } from 'node:events';
import type { RouteInput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { switchFlag, textFlag, type FlagValues } from '../flags.ts';

/** Opens a stream of events that ends. */
export type OpenExport = (
  input: RouteInput<'events.export'>,
) => Promise<AsyncIterable<{ readonly bytes: Uint8Array }>>;

/** Flags that ask for all events as lines of JSON. */
const exportFlags = ['jsonl', 'export'] as const;

/** Flags that mean something else than all of them. */
const others = ['follow', 'summary', 'limit'] as const;

/**
 * The flag that asks for all events as lines of JSON, `null` without one. Fails with `usage.invalid`
 * where another doesn't go with it.
 */
export function exportFlagOf(flags: FlagValues, command: string): string | null {
  const flag = exportFlags.find((name) => switchFlag(flags, name));
  if (flag === undefined) return null;
  const other = others.find((name) => isGiven(flags, name));
  if (other === undefined) return flag;
  throw ds01Error('usage.invalid', {
    message: `--${flag} and --${other} don't go together.`,
    hint: `${command} --${flag}`,
  });
}

function isGiven(flags: FlagValues, name: (typeof others)[number]): boolean {
  return name === 'limit' ? textFlag(flags, name) !== null : switchFlag(flags, name);
}

/** Writes a stream as it comes, no faster than whoever reads takes it. */
export async function writeThrough(
  chunks: AsyncIterable<{ readonly bytes: Uint8Array }>,
  target: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  for await (const { bytes } of chunks) {
    if (!target.write(bytes)) await once(target, 'drain', { signal });
  }
}
