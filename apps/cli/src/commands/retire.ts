import { confirm } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { stopInputOf } from '../stop-input.ts';

/** `ds01 container retire`. */
export async function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  const input = stopInputOf(context.flags);
  const target = context.operands[0] ?? 'all your containers';
  await confirm(context, `Retire ${target}? What was installed in it goes; your files stay.`);
  return forEachContainer(context, {
    applies: () => true,
    act: (name, options) => api.call('containers.retire', { ...input, name }, options),
    done: 'retired',
  });
}
