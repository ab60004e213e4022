import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container unpause`. */
export function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  return forEachContainer(context, {
    verb: 'unpause',
    applies: ({ state }) => state === 'paused',
    act: (name, options) => api.call('containers.unpause', { name }, options),
    done: 'unpaused',
  });
}
