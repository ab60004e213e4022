import { switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { changeText } from '../images/change-text.ts';
import { imageWordOf, wordOf } from '../images/image-words.ts';

/** `ds01 image tag NAME[:FROM] TO`; TO may be `NAME:tag` too, as Docker’s users write it. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const word = imageWordOf(operands[0] ?? '');
  const to = newTag(word.name, operands[1] ?? '');
  const input = { name: word.name, from: word.tag, to, force: switchFlag(flags, 'force') };
  const result = await runtime.api.call('images.tag', input, { signal });
  const done = `${wordOf(word)} is ${word.name}:${to} too`;
  const planned = `${wordOf(word)} would be ${word.name}:${to} too`;
  output.result(result, () => changeText(context, { done, planned, note: result.note }));
  return 0;
}

function newTag(name: string, text: string): string {
  if (!text.includes(':')) return text;
  const word = imageWordOf(text);
  if (word.name === name && word.tag !== null) return word.tag;
  throw ds01Error('usage.invalid', {
    message: `A tag of ${name} is given within ${name}: ${JSON.stringify(text)} is elsewhere.`,
    hint: `ds01 image tag ${name} experiment-42`,
  });
}
