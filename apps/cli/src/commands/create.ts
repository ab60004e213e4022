import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { describeDeploy } from './deploy.ts';

/** `ds01 container create`. */
export async function run(context: CommandContext): Promise<number> {
  const { output, runtime, signal } = context;
  const input = await deployInputOf(context, false);
  const onProgress = (line: string) => output.progress(line);
  const result = await runtime.api.call('containers.deploy', input, { signal, onProgress });
  output.result(result, () => describeDeploy(result, { actFor: runtime.actFor, ports: [] }));
  return 0;
}
