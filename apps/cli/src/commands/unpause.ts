import { switchFlag } from '@ds01/command-line';
import { unpause } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container unpause`. */
export function run(context: CommandContext): Promise<number> {
  const dryRun = switchFlag(context.flags, 'dryRun');
  return forEachContainer(context, {
    applies: (container) => container.state === 'paused',
    act: (deps, caller, name) =>
      unpause(deps, caller, { name }, { dryRun, signal: context.signal }),
    done: 'unpaused',
  });
}
