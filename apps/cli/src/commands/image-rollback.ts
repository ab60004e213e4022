import { textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { changeText } from '../images/change-text.ts';
import { tagWords } from '../images/image-text.ts';
import { imageWordOf, tagOf } from '../images/image-words.ts';
import { withImageName } from '../images/choose-image.ts';

/** `ds01 image rollback`. */
export async function run(given: CommandContext): Promise<number> {
  const context = await withImageName(given, 'roll back');
  const { flags, operands, output, runtime, signal } = context;
  const word = imageWordOf(operands[0] ?? '');
  const to = tagOf(word, textFlag(flags, 'to'));
  const result = await runtime.api.call('images.rollback', { name: word.name, to }, { signal });
  const version = to ?? tagWords(result.image.tags).findLast((tag) => tag !== 'latest') ?? 'before';
  output.result(result, () =>
    changeText(context, {
      done: `${word.name} is what ${version} was`,
      planned: `${word.name} would be what ${version} was`,
      note: result.note,
    }),
  );
  if (output.interactive)
    output.say('Its containers stay as they are; the next ones are made from it.');
  return 0;
}
