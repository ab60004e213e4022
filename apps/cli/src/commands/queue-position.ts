import type { CommandContext } from '../context.ts';
import { ownEntries } from '../queue/own-entries.ts';
import { entryText } from '../queue/queue-text.ts';

/** `ds01 queue position`. */
export async function run(context: CommandContext): Promise<number> {
  const entries = await ownEntries(context, context.operands[0]);
  const nowMs = Date.now();
  context.output.result({ entries }, (screen) =>
    entries.length === 0
      ? 'nothing of yours waits for a GPU'
      : entries.map((entry) => entryText(entry, screen, nowMs)).join('\n\n'),
  );
  return 0;
}
