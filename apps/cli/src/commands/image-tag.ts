import { switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { checkedTag, imageWordOf, wordOf } from '../images/image-words.ts';

/** `ds01 image tag NAME[:FROM] TO`; TO may be `NAME:tag` too, as Docker’s users write it. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const word = imageWordOf(operands[0] ?? '');
  const to = newTag(word.name, operands[1] ?? '');
  const input = { name: word.name, from: word.tag, to, force: switchFlag(flags, 'force') };
  const result = await runtime.api.call('images.tag', input, { signal });
  output.result(result, () => sentence(wordOf(word), result.note));
  return 0;
}

function newTag(name: string, text: string): string {
  const example = `ds01 image tag ${name} experiment-42`;
  if (!text.includes(':')) return checkedTag(text, example);
  const word = imageWordOf(text);
  if (word.name === name && word.tag !== null) return checkedTag(word.tag, example);
  throw ds01Error('usage.invalid', {
    message: `A tag of ${name} is given within ${name}: ${JSON.stringify(text)} is elsewhere.`,
    hint: example,
  });
}

/** A note about an image with its name where it says `it`. */
function sentence(name: string, note: string | null): string {
  return note?.replace(/^it /, `${name} `) ?? `${name} was tagged`;
}
