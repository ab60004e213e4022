import { switchFlag } from '@ds01/command-line';
import { pause } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container pause`. */
export function run(context: CommandContext): Promise<number> {
  const dryRun = switchFlag(context.flags, 'dryRun');
  return forEachContainer(context, {
    applies: (container) => container.state === 'running',
    act: (deps, caller, name) => pause(deps, caller, { name }, { dryRun, signal: context.signal }),
    done: 'paused',
  });
}
