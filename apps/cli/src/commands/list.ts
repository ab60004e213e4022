import { switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts';
import { list } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { containerTable } from '../describe.ts';

/** `ds01 container list`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const allUsers = switchFlag(flags, 'allUsers');
  if (allUsers && runtime.environment.uid !== 0) {
    throw ds01Error('access.denied', {
      message: 'Only administrators see everybody’s containers.',
      hint: 'ds01 container list',
    });
  }
  const caller = await runtime.caller('atomic');
  const deps = await runtime.dependencies();
  const dryRun = switchFlag(flags, 'dryRun');
  const input = { all: switchFlag(flags, 'all'), allUsers };
  const result = await list(deps, caller, input, { dryRun, signal });
  output.result(result, () => containerTable(result.containers, { users: allUsers }));
  return 0;
}
