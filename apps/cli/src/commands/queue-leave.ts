import { switchFlag } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import type { QueueEntryView } from '@ds01/contracts/service';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { ownEntries } from '../queue/own-entries.ts';

/** `ds01 queue leave`: without a name the one request that one has. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const all = switchFlag(flags, 'all');
  if (all && operands.length > 0) {
    throw ds01Error('usage.invalid', {
      message: '--all and a name exclude each other.',
      hint: 'ds01 queue leave --all',
    });
  }
  const entries = await ownEntries(context, operands[0]);
  if (entries.length > 1 && !all) throw whichOne(entries);
  const left: RouteOutput<'queue.leave'>[] = [];
  for (const { id } of entries) {
    left.push(await runtime.api.call('queue.leave', { id }, { signal }));
  }
  output.result({ entries: left }, () =>
    left.length === 0
      ? 'nothing of yours waits for a GPU'
      : left.map((entry) => leftText(entry, switchFlag(flags, 'dryRun'))).join('\n'),
  );
  return 0;
}

function leftText({ container, id, asksFor }: QueueEntryView, dryRun: boolean): string {
  const what = `${container ?? id} (${asksFor})`;
  return dryRun ? `${what} would leave the queue` : `${what} left the queue`;
}

function whichOne(entries: readonly QueueEntryView[]) {
  const names = entries.map(({ id, container }) => container ?? id);
  return ds01Error('usage.invalid', {
    message: `Which one? Of yours ${names.join(' and ')} wait.`,
    hint: `ds01 queue leave ${names[0] ?? ''}`,
    details: { waiting: names },
  });
}
