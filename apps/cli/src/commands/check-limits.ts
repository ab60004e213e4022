import type { CommandContext } from '../context.ts';
import { askLimits } from '../limits/ask-limits.ts';
import { limitBars, limitSentences, limitUses } from '../limits/limit-bars.ts';

/** `ds01 check-limits`: what is used of what one may have. */
export async function run(context: CommandContext): Promise<number> {
  const view = await askLimits(context);
  context.output.result(view, (screen) =>
    [
      screen.paint('bold', `${view.user} (group ${view.group})`),
      limitBars(limitUses(view), screen),
      '',
      limitSentences(view, screen),
    ].join('\n'),
  );
  return 0;
}
