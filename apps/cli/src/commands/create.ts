import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { withOwnImage } from '../images/offer-to-build.ts';
import { deployInTurn } from '../queue/deploy-in-turn.ts';
import { describeDeploy, endingOf } from './deploy.ts';
import { wantsQuestions } from '../wizard/wants-questions.ts';

/** `ds01 container create`. */
export async function run(context: CommandContext): Promise<number> {
  if (wantsQuestions(context)) {
    const { deployByQuestions } = await import('../wizard/deploy-by-questions.ts');
    return deployByQuestions(context, 'create');
  }
  const { output, runtime } = context;
  const input = await deployInputOf(context, false);
  const result = await withOwnImage(context, () => deployInTurn(context, input));
  const ending = await endingOf(context, result);
  output.result(result, () =>
    describeDeploy(result, { actFor: runtime.actFor, ports: [], opens: false, ending }),
  );
  return 0;
}
