import { textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { askLimits } from '../limits/ask-limits.ts';
import { limitBars, limitSentences, limitUses } from '../limits/limit-bars.ts';
import { ownWaiting, queueBeside } from '../queue/waiting-remarks.ts';

/** `ds01 check-limits`: what is used of what one may have. */
export async function run(context: CommandContext): Promise<number> {
  const others = textFlag(context.flags, 'user') !== null;
  const [view, queue] = await Promise.all([
    askLimits(context),
    others ? null : queueBeside(context, { mine: true }),
  ]);
  context.output.result(view, (screen) =>
    [
      screen.paint('bold', `${view.user} (group ${view.group})`),
      limitBars(limitUses(view), screen),
      '',
      limitSentences(view, screen),
    ].join('\n'),
  );
  for (const line of ownWaiting(queue, Date.now())) context.output.say(line);
  return 0;
}
