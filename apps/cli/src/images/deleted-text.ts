import type { RouteOutput } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';

/** What was deleted, or would be, a line for each thing. */
export function deletedText(
  { tags, freedBytes, kept }: RouteOutput<'images.delete'>,
  isDry: boolean,
): string {
  const size = freedBytes === 0 ? '' : ` (${formatBytes(freedBytes)})`;
  const summary =
    tags.length === 0
      ? 'nothing to delete'
      : `${isDry ? 'would delete' : 'deleted'} ${tags.map(bareTag).join(', ')}${size}`;
  return [summary, ...kept.map(({ name, reason }) => `kept ${name}: ${reason}`)].join('\n');
}

/** A tag of one's own as one writes it. */
function bareTag(tag: string): string {
  return tag.replace(/^ds01-[^/]+\//, '');
}
