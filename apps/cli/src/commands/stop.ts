import { switchFlag } from '@ds01/command-line';
import { stop } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { stopInputOf } from '../stop-input.ts';

/** `ds01 container stop`. */
export function run(context: CommandContext): Promise<number> {
  const input = stopInputOf(context.flags);
  const options = {
    dryRun: switchFlag(context.flags, 'dryRun'),
    signal: context.signal,
    onProgress: (line: string) => context.output.say(line),
  };
  return forEachContainer(context, {
    applies: (container) => container.state === 'running' || container.state === 'paused',
    act: (deps, caller, name) => stop(deps, caller, { ...input, name }, options),
    done: 'stopped',
  });
}
