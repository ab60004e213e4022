import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container pause`. */
export function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  return forEachContainer(context, {
    verb: 'pause',
    applies: ({ state }) => state === 'running',
    act: (name, options) => api.call('containers.pause', { name }, options),
    done: 'paused',
  });
}
