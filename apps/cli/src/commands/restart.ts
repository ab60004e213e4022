import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { stopInputOf } from '../stop-input.ts';

/** `ds01 container restart`: with `--all` those that run. */
export function run(context: CommandContext): Promise<number> {
  const { api } = context.runtime;
  const input = stopInputOf(context.flags);
  return forEachContainer(context, {
    verb: 'restart',
    applies: ({ state }) => state === 'running' || state === 'paused',
    act: (name, options) => api.call('containers.restart', { ...input, name }, options),
    done: 'restarted',
  });
}
