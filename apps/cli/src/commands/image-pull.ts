import { commandFor, switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { imageWordOf, wordOf } from '../images/image-words.ts';
import { registryAuthFor } from '../registry/credentials.ts';

/** `ds01 image pull REF`, with the person’s own credentials. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const reference = operands[0] ?? '';
  const name = textFlag(flags, 'name');
  if (switchFlag(flags, 'dryRun')) return preview(context, reference, name);
  const auth = await registryAuthFor(context, reference);
  const onProgress = (line: string) => output.progress(line);
  const input = { reference, name, auth };
  const result = await runtime.api.call('images.pull', input, { signal, onProgress });
  const own = result.image.name;
  output.result(result, () => {
    const text = `${reference} is your image ${own}`;
    return result.note === null ? text : `${text}: ${result.note}`;
  });
  if (output.interactive) {
    const next = commandFor(`ds01 container deploy --image ${own}`, runtime.actFor);
    output.say(`next: ${next}`);
  }
  return 0;
}

/** Whether a registry has it only a real pull can tell. */
function preview({ output }: CommandContext, reference: string, name: string | null): number {
  const { name: repository, tag } = imageWordOf(reference.replace(/@.*$/, ''));
  const last = repository.slice(repository.lastIndexOf('/') + 1);
  const image = wordOf({ name: name ?? last, tag: tag ?? 'latest' });
  output.result({ reference, image }, () => `${reference} would be fetched as your image ${image}`);
  return 0;
}
