import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { stopInputOf } from '../stop-input.ts';

/** `ds01 container stop`. */
export function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  const input = stopInputOf(context.flags);
  return forEachContainer(context, {
    verb: 'stop',
    applies: ({ state }) => state === 'running' || state === 'paused',
    act: (name, options) => api.call('containers.stop', { ...input, name }, options),
    done: 'stopped',
  });
}
