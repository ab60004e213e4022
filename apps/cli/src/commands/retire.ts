import { confirm, switchFlag } from '@ds01/command-line';
import { retire } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { stopInputOf } from '../stop-input.ts';

/** `ds01 container retire`. */
export async function run(context: CommandContext): Promise<number> {
  const input = stopInputOf(context.flags);
  const target = context.operands[0] ?? 'all your containers';
  await confirm(context, `Retire ${target}? What was installed in it goes; your files stay.`);
  const options = {
    dryRun: switchFlag(context.flags, 'dryRun'),
    signal: context.signal,
    onProgress: (line: string) => context.output.say(line),
  };
  return forEachContainer(context, {
    door: 'orchestration',
    applies: () => true,
    act: (deps, caller, name) => retire(deps, caller, { ...input, name }, options),
    done: 'retired',
  });
}
