import { usernameSchema } from '@ds01/contracts';
import { formatProblem, limitOrigin, loadPolicy, resolveLimits } from '@ds01/limits';

/** Says what a user's idle timeout is and where it is written, or what is wrong with the file. */
export function explainIdleTimeout(limitsYaml: string, user: string): string[] {
  const { policy, problems } = loadPolicy([{ path: 'resource-limits.yaml', text: limitsYaml }]);
  if (policy === null) return problems.map(formatProblem);
  const { resolved } = resolveLimits(policy, usernameSchema.parse(user));
  const { value } = resolved.limits.idle_timeout_h;
  return [`${value ?? 'no limit'} h, from ${limitOrigin(resolved, 'idle_timeout_h')}`];
}
