import type { CommandContext } from '../context.ts';
import { askImage } from './deploy-wizard.ts';
import { createTerminalPrompter } from './terminal-prompter.ts';

/** Asks which image is meant. Fails with `image.not-found` and `operation.interrupted`. */
export async function imageByQuestion({
  output,
  runtime,
  signal,
}: CommandContext): Promise<string> {
  const { images } = await runtime.api.call('images.list', {}, { signal });
  return askImage(createTerminalPrompter(output, signal), images);
}
