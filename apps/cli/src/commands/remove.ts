import { confirm, switchFlag } from '@ds01/command-line';
import { remove } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';

/** `ds01 container remove`. */
export async function run(context: CommandContext): Promise<number> {
  const force = switchFlag(context.flags, 'force');
  const target = context.operands[0] ?? 'all your stopped containers';
  await confirm(context, `Remove ${target}? What was installed in it goes; your files stay.`);
  const options = {
    dryRun: switchFlag(context.flags, 'dryRun'),
    signal: context.signal,
    onProgress: (line: string) => context.output.say(line),
  };
  return forEachContainer(context, {
    applies: ({ state }) => state === 'stopped' || state === 'created' || force,
    act: (deps, caller, name) => remove(deps, caller, { name, force }, options),
    done: 'removed',
  });
}
