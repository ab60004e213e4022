import type { Caller } from '../caller.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { checkInput, type CheckedInput, type DeployInput } from './input.ts';

/**
 * A request as it would have been under the name that a renamed container was made under: folder and
 * image that nobody named follow from that one. `null` for one that kept its name.
 */
export function asFirstNamed(
  { record }: ObservedContainer,
  request: {
    readonly input: DeployInput;
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
  },
): CheckedInput | null {
  const { hostname, name } = record;
  if (hostname === null || hostname === name) return null;
  return checkInput({ ...request.input, name: hostname }, request.caller, request.policy);
}
