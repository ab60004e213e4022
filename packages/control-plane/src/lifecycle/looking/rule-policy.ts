import { containerInterfaceSchema, type Username } from '@ds01/contracts';
import {
  resolveLifecycleLimits,
  type LifecycleLimits,
  type LifecycleSituation,
} from '@ds01/lifecycle';
import type { ContainerRecord } from '@ds01/ports';
import type { CurrentPolicy, UserPolicy } from '../../policy.ts';

/** The longest keep-alive where the site sets no bound. */
export const yearMs = 366 * 24 * 3_600_000;

/** The policy that counts for a container: its owner's, or that of people nobody knows. */
export function policyOfOwner(
  policy: CurrentPolicy,
  { user }: Pick<ContainerRecord, 'user'>,
): UserPolicy {
  return user === null ? policy.forNobody() : policy.forUser(user);
}

/** The limits of a container for each rule. Only what DS01 made has its owner's alone. */
export function limitsOf(
  policy: CurrentPolicy,
  record: Pick<ContainerRecord, 'user' | 'managed' | 'interface'>,
): LifecycleLimits {
  const declared = containerInterfaceSchema.safeParse(record.interface).data ?? 'unknown';
  const isOwnDoor = declared === 'orchestration' || declared === 'atomic';
  return resolveLifecycleLimits({
    door: {
      interface: isOwnDoor && !record.managed ? 'docker' : declared,
      owned: record.user !== null,
    },
    owner: policyOfOwner(policy, record).resolved,
    containerTypes: policy.containerTypes,
    trustedTypes: policy.settings.lifecycle.trust_declared_types,
  });
}

/** Exemptions of a person that hold now, in words. They end on a date, which the wall clock tells. */
export function exemptionsOf(
  policy: CurrentPolicy,
  user: Username | null,
  wallMs: number,
): LifecycleSituation['exemptions'] {
  if (user === null) return { idle: null, maxRuntime: null };
  const words = (limit: 'idle_timeout_h' | 'max_runtime_h'): string | null => {
    const found = policy.exemptionOf(user, { limit, nowMs: wallMs });
    if (found === undefined) return null;
    const until =
      found.untilMs === null ? '' : ` until ${new Date(found.untilMs).toISOString().slice(0, 10)}`;
    return `${found.reason}${until}`;
  };
  return { idle: words('idle_timeout_h'), maxRuntime: words('max_runtime_h') };
}
