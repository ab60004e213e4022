import type { ImageSummary } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import type { Prompter } from '../wizard/prompter.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { ownNames } from './own-names.ts';

/**
 * The context with an image's name as its first operand: the one that was given, else at a terminal
 * one of their own that the person chooses. Fails with `usage.invalid` where nobody may be asked,
 * `image.not-found` when there is none.
 */
export async function withImageName(
  context: CommandContext,
  verb: string,
): Promise<CommandContext> {
  if (context.operands.length > 0) return context;
  if (!mayAsk(context)) {
    throw ds01Error('usage.invalid', {
      message: 'Which image? Give its name.',
      hint: 'ds01 image list',
    });
  }
  const { output, runtime, signal } = context;
  const { images } = await runtime.api.call('images.list', {}, { signal });
  const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
  const name = await chooseOwnImage(createTerminalPrompter(output, signal), images, verb);
  return { ...context, operands: [name] };
}

/** Which of one's own images; each name once, the newest first. */
async function chooseOwnImage(
  prompter: Prompter,
  images: readonly ImageSummary[],
  verb: string,
): Promise<string> {
  const names = ownNames(images);
  if (names.length === 0) {
    throw ds01Error('image.not-found', {
      message: 'You have no images of your own.',
      hint: 'ds01 image create',
    });
  }
  const question = `${verb.charAt(0).toUpperCase()}${verb.slice(1)} which image?`;
  return prompter.select(
    question,
    names.map((name) => ({ value: name, label: name })),
  );
}
