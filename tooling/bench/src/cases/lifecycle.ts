import { judgeTraces } from '@ds01/lifecycle/traces';
import { evaluationPass } from '../lifecycle/evaluation-pass.ts';
import { labelledTraces } from '../lifecycle/labelled-traces.ts';
import type { BenchCase } from '../measurement.ts';

const survivorBudget = 0.05;
const passBudgetMs = 50;

/**
 * The idle rule on labelled traces of activity: those of the library, and of the folder `DS01_TRACES`
 * when that is set. And what one evaluation of 500 containers takes.
 */
export const lifecycleCase: BenchCase = {
  budgets: ['lifecycle-busy-stopped', 'lifecycle-idle-survived', 'lifecycle-500'],
  run: () => {
    const judged = judgeTraces(labelledTraces(process.env['DS01_TRACES'] ?? null));
    const { busy, idle, stoppedInUse, survived } = judged;
    const stopped = idle - survived.length;
    const milliseconds = evaluationPass();
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
    ];
  },
};

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
