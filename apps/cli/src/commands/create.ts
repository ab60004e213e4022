import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { withOwnImage } from '../images/offer-to-build.ts';
import { describeDeploy, endingOf } from './deploy.ts';
import { wantsQuestions } from '../wizard/wants-questions.ts';

/** `ds01 container create`. */
export async function run(context: CommandContext): Promise<number> {
  if (wantsQuestions(context)) {
    const { deployByQuestions } = await import('../wizard/deploy-by-questions.ts');
    return deployByQuestions(context, 'create');
  }
  const { output, runtime, signal } = context;
  const input = await deployInputOf(context, false);
  const onProgress = (line: string) => output.progress(line);
  const result = await withOwnImage(context, () =>
    runtime.api.call('containers.deploy', input, { signal, onProgress }),
  );
  const ending = await endingOf(context, result);
  output.result(result, () =>
    describeDeploy(result, { actFor: runtime.actFor, ports: [], opens: false, ending }),
  );
  return 0;
}
