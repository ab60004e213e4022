import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { imageWordOf, wordOf } from '../images/image-words.ts';
import { registryAuthFor } from '../registry/credentials.ts';

/** `ds01 image push NAME[:TAG] TARGET`, with the person’s own credentials. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const word = imageWordOf(operands[0] ?? '');
  const target = operands[1] ?? '';
  const auth = await registryAuthFor(context, target);
  const onProgress = (line: string) => output.progress(line);
  const input = { ...word, target, auth };
  const result = await runtime.api.call('images.push', input, { signal, onProgress });
  output.result(result, () =>
    switchFlag(flags, 'dryRun')
      ? `${wordOf(word)} would be sent as ${result.target}`
      : `${wordOf(word)} is at ${result.target}${result.digest === '' ? '' : `\n${result.digest}`}`,
  );
  return 0;
}
