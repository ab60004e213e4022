import { textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { withImageName } from '../images/choose-image.ts';
import { imageWordOf, tagOf } from '../images/image-words.ts';

/** `ds01 image rollback`. */
export async function run(given: CommandContext): Promise<number> {
  const context = await withImageName(given, 'roll back');
  const { flags, operands, output, runtime, signal } = context;
  const word = imageWordOf(operands[0] ?? '');
  const to = tagOf(word, textFlag(flags, 'to'));
  const result = await runtime.api.call('images.rollback', { name: word.name, to }, { signal });
  output.result(result, () => result.note ?? `${word.name} is what it was`);
  if (output.interactive) {
    output.say('Containers stay as they are; the next ones are made from it.');
  }
  return 0;
}
