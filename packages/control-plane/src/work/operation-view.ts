import { problemSchema } from '@ds01/contracts';
import type { OperationView } from '@ds01/contracts/service';
import type { OperationRecord } from '@ds01/ports';
import { z } from 'zod';
import { instantOf } from '../present.ts';

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'no JSON' });
    return z.NEVER;
  }
});
const storedProblem = jsonText.pipe(problemSchema);

/** Long work as its person sees it. */
export function operationViewOf(record: OperationRecord): OperationView {
  const { state, answer } = record;
  const isFailure = state === 'failed' || state === 'cancelled';
  return {
    id: record.id,
    route: record.route,
    object: record.object,
    state,
    startedAt: instantOf(record.startedAtMs),
    finishedAt: record.finishedAtMs === null ? null : instantOf(record.finishedAtMs),
    lines: record.lines,
    progress: record.progress,
    result: state === 'succeeded' && answer !== null ? jsonText.parse(answer) : null,
    error: isFailure && answer !== null ? storedProblem.parse(answer) : null,
  };
}
