import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { previewText } from '../each-container.ts';

/** `ds01 container rename`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, output, runtime, signal } = context;
  const [name = '', newName = ''] = operands;
  const result = await runtime.api.call('containers.rename', { name, newName }, { signal });
  output.result(result, () => {
    if (switchFlag(context.flags, 'dryRun'))
      return `${name} ${previewText(`called ${newName}`, result.note)}`;
    const note = result.note === null ? '' : `: ${result.note}`;
    return `${name} is called ${result.container.name}${note}`;
  });
  return 0;
}
