import { configProblemSchema, isDs01Error, type ConfigProblem } from '@ds01/contracts';
import { formatProblem } from '@ds01/limits';
import type { Store } from '@ds01/ports';
import { z } from 'zod';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { notePolicyState, type PolicyState } from './events/policy-problems.ts';
import { loadCurrentPolicy, type CurrentPolicy } from './policy.ts';

const problemsSchema = z.array(configProblemSchema);
/** An event is for reading; all problems are told by `limits check`. */
const mostTold = 20;

/** What was told last, so that the ledger is asked only when something changed. */
const told = new WeakMap<Store, string | null>();

/**
 * {@link loadCurrentPolicy}, and writes down when the files have errors, other ones, or none any more:
 * each change once, whoever looks first, also across restarts. Fails as `loadCurrentPolicy` does; what
 * can't be written down is logged.
 */
export function loadPolicyAndTell(deps: ControlPlaneDependencies): CurrentPolicy {
  try {
    const policy = loadCurrentPolicy(deps);
    tell(deps, { problem: textOf(policy.problems), lastGoodInForce: policy.stale });
    return policy;
  } catch (error) {
    if (isDs01Error(error) && error.code === 'limits.invalid-file') {
      const problems = problemsSchema.safeParse(error.details['problems']).data ?? [];
      tell(deps, { problem: textOf(problems), lastGoodInForce: false });
    }
    throw error;
  }
}

function textOf(problems: readonly ConfigProblem[]): string | null {
  const errors = problems.filter(({ severity }) => severity === 'error').map(formatProblem);
  if (errors.length === 0) return null;
  const more = errors.length > mostTold ? [`and ${String(errors.length - mostTold)} more`] : [];
  return [...errors.slice(0, mostTold), ...more].join('\n');
}

function tell(deps: ControlPlaneDependencies, state: PolicyState): void {
  if (told.get(deps.store) === state.problem) return;
  try {
    deps.store.transaction((transaction) =>
      notePolicyState(transaction, state, deps.clock.nowMs()),
    );
    told.set(deps.store, state.problem);
  } catch (error) {
    deps.logger.error('problems of the configuration files could not be written down', {
      error: String(error),
    });
  }
}
