import { switchFlag, textFlag } from '@ds01/command-line';
import { deploy } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { describeDeploy } from './deploy.ts';

/** `ds01 container create`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const input = deployInputOf(context, false);
  const caller = await runtime.caller('atomic');
  const deps = await runtime.dependencies();
  const result = await deploy(deps, caller, input, {
    dryRun: switchFlag(flags, 'dryRun'),
    signal,
    onProgress: (line) => output.say(line),
  });
  const { placement: _, ...printed } = result;
  output.result(printed, () => describeDeploy(result, textFlag(flags, 'user')));
  return 0;
}
