import { switchFlag } from '@ds01/command-line';
import { recreate, start } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container start`. */
export function run(context: CommandContext): Promise<number> {
  const options = {
    dryRun: switchFlag(context.flags, 'dryRun'),
    signal: context.signal,
    onProgress: (line: string) => context.output.say(line),
  };
  const act = switchFlag(context.flags, 'recreate') ? recreate : start;
  return forEachContainer(context, {
    applies: (container) => container.state !== 'running',
    act: (deps, caller, name) => act(deps, caller, { name }, options),
    done: 'started',
  });
}
