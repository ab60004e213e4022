import { confirm, switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container remove`. */
export async function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  const force = switchFlag(context.flags, 'force');
  const target = context.operands[0] ?? 'all your stopped containers';
  await confirm(context, `Remove ${target}? What was installed in it goes; your files stay.`);
  return forEachContainer(context, {
    applies: ({ state }) => state === 'stopped' || state === 'created' || force,
    act: (name, options) => api.call('containers.remove', { name, force }, options),
    done: 'removed',
  });
}
