import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { deployByQuestions } from '../wizard/deploy-by-questions.ts';
import { runWords } from '../wizard/run-words.ts';
import { createTerminalPrompter } from '../wizard/terminal-prompter.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { askWish } from '../wizard/welcome.ts';

/** `ds01` alone at a terminal: asks what is wanted, and does it. */
export async function run(context: CommandContext): Promise<number> {
  const { output, runtime, signal } = context;
  if (!mayAsk(context)) {
    throw ds01Error('usage.invalid', { message: 'A command is needed.', hint: 'ds01 help' });
  }
  const { containers } = await runtime.api.call('containers.list', { all: true }, { signal });
  const wish = await askWish(createTerminalPrompter(output, signal), containers);
  if (wish === 'new') return deployByQuestions(context, 'deploy');
  return wish === 'nothing' ? 0 : runWords(context, wish);
}
