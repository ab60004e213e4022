import { textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { withImageName } from '../images/choose-image.ts';
import { imageWordOf } from '../images/image-words.ts';
import { lastWritten } from '../images/last-written.ts';

/** `ds01 image log`: what a build printed, the newest one's unless another is named. */
export async function run(given: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = await withImageName(given, 'log');
  const word = imageWordOf(operands[0] ?? '');
  const build = textFlag(flags, 'build') ?? word.tag;
  const log = await runtime.api.call('images.log', { name: word.name, build }, { signal });
  output.say(`build ${log.build}: ${log.state}${log.cut ? '; its beginning was not kept' : ''}`);
  const lines = log.text.replace(/\r?\n$/, '').split('\n');
  output.result(log, () => lines.map(lastWritten).join('\n'));
  return 0;
}
