import { judgeTraces } from '@ds01/lifecycle/traces';
import { evaluationPass } from '../lifecycle/evaluation-pass.ts';
import { labelledTraces } from '../lifecycle/labelled-traces.ts';
import { wholePass } from '../lifecycle/whole-pass.ts';
import type { BenchCase } from '../measurement.ts';

const survivorBudget = 0.05;
const passBudgetMs = 50;
const fewContainers = 100;
const manyContainers = 500;

/**
 * The idle rule on labelled traces of activity: those of the library, and of the folder `DS01_TRACES`
 * when that is set. And what one evaluation of 500 containers takes: the rules alone, and a pass of the
 * daemon's loop, with its look at the engine.
 */
export const lifecycleCase: BenchCase = {
  budgets: [
    'lifecycle-busy-stopped',
    'lifecycle-idle-survived',
    'lifecycle-500',
    'lifecycle-500-pass',
    'lifecycle-calls-growth',
  ],
  run: async () => {
    const judged = judgeTraces(labelledTraces(process.env['DS01_TRACES'] ?? null));
    const { busy, idle, stoppedInUse, survived } = judged;
    const stopped = idle - survived.length;
    const milliseconds = evaluationPass();
    const few = await wholePass(fewContainers);
    const many = await wholePass(manyContainers);
    return [
      {
        name: 'lifecycle-busy-stopped',
        ratio: stoppedInUse.length,
        budget: 0,
        raw: `${String(stoppedInUse.length)} of ${String(busy)} busy traces stopped${namesOf(stoppedInUse)}`,
      },
      {
        name: 'lifecycle-idle-survived',
        ratio: survived.length / idle,
        budget: survivorBudget,
        raw: `${String(stopped)} of ${String(idle)} idle traces stopped (${percent(stopped / idle)}); not${namesOf(survived)}`,
      },
      {
        name: 'lifecycle-500',
        ratio: milliseconds / passBudgetMs,
        budget: 1,
        raw: `500 containers: one evaluation pass in ${milliseconds.toFixed(1)} ms of CPU, ${String(passBudgetMs)} ms allowed`,
      },
      {
        name: 'lifecycle-500-pass',
        ratio: many.milliseconds / passBudgetMs,
        budget: 1,
        raw: `500 containers: a pass of the daemon in ${many.milliseconds.toFixed(1)} ms of CPU, ${many.reconcileMilliseconds.toFixed(1)} of them reconcile; ${String(passBudgetMs)} ms allowed`,
      },
      {
        name: 'lifecycle-calls-growth',
        ratio: many.engineCalls / few.engineCalls,
        budget: 1,
        raw: `${String(many.engineCalls)} engine calls a pass for ${String(manyContainers)} idle containers, ${String(few.engineCalls)} for ${String(fewContainers)}`,
      },
    ];
  },
};

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
