import {
  configProblemSchema,
  toDs01Error,
  type ConfigProblem,
  type DoctorOutput,
} from '@ds01/contracts';
import { formatProblem } from '@ds01/limits';
import { z } from 'zod';
import { readSiteCatalogue } from '../images/site-catalogue.ts';
import { loadCurrentPolicy, type CurrentPolicy, type PolicySource } from '../policy.ts';

type Check = DoctorOutput['checks'][number];

const configProblemsSchema = z.array(configProblemSchema);

function problemCheck(problem: ConfigProblem): Check {
  const { severity } = problem;
  return {
    id: 'policy-problem',
    ok: severity !== 'error',
    severity: severity === 'notice' ? 'info' : severity,
    message: formatProblem(problem),
    hint: null,
  };
}

/** The configuration folder: what is in force, then each problem of the files as they are now. */
export async function checkPolicy(
  deps: PolicySource,
): Promise<{ readonly policy: CurrentPolicy | null; readonly checks: readonly Check[] }> {
  try {
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    const catalogue = await readSiteCatalogue(deps, policy.settings);
    const problems = [...policy.problems, ...catalogue.problems].map(problemCheck);
    const state = policy.stale
      ? 'the files have errors; the last good copy is in force'
      : 'the limits files are in force';
    const summary: Check = {
      id: 'policy',
      ok: !policy.stale,
      severity: policy.stale ? 'error' : 'info',
      message: state,
      hint: null,
    };
    return { policy, checks: [summary, ...problems] };
  } catch (error) {
    const { code, message, details } = toDs01Error(error);
    const problems = configProblemsSchema.safeParse(details['problems']).data ?? [];
    const isNamedBelow = code === 'limits.invalid-file' && problems.length > 0;
    const check: Check = {
      id: 'policy',
      ok: false,
      severity: 'error',
      message: isNamedBelow ? 'the limits files have errors, and never had none' : message,
      hint: 'correct the files that are named',
    };
    return { policy: null, checks: [check, ...problems.map(problemCheck)] };
  }
}
