import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';

/** What a command did, as sentences for both cases. */
export interface Change {
  readonly done: string;
  /** With `--dry-run`. */
  readonly planned: string;
  /** What there is to add; `null` for nothing. */
  readonly note: string | null;
}

/** What was done, or would be. */
export function changeText(
  { flags }: Pick<CommandContext, 'flags'>,
  { done, planned, note }: Change,
): string {
  const text = switchFlag(flags, 'dryRun') ? planned : done;
  return note === null ? text : `${text}: ${note}`;
}
