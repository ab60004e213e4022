import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container start`. */
export function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  const recreate = switchFlag(context.flags, 'recreate');
  return forEachContainer(context, {
    verb: 'start',
    applies: ({ state }) => state !== 'running',
    act: (name, options) => api.call('containers.start', { name, recreate }, options),
    done: 'started',
  });
}
