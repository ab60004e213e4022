import { textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { changeText } from '../images/change-text.ts';
import { registryAuthFor } from '../registry/credentials.ts';

/** `ds01 image pull REF`, with the person’s own credentials. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const reference = operands[0] ?? '';
  const auth = await registryAuthFor(context, reference);
  const onProgress = (line: string) => output.progress(line);
  const input = { reference, name: textFlag(flags, 'name'), auth };
  const result = await runtime.api.call('images.pull', input, { signal, onProgress });
  const { name } = result.image;
  output.result(result, () =>
    changeText(context, {
      done: `${reference} is your image ${name}`,
      planned: `${reference} would be your image ${name}`,
      note: result.note,
    }),
  );
  if (output.interactive) output.say(`Use it: ds01 container deploy --image ${name}`);
  return 0;
}
