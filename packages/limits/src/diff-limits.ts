import { limitKeySchema } from '@ds01/contracts';
import type { GroupName, LimitKey, LimitLayer, LimitValue, Username } from '@ds01/contracts';
import type { Policy } from './policy.ts';
import { resolveLimits } from './resolve-limits.ts';

/** One limit of a user that another policy changes. */
export interface ChangedLimit {
  readonly key: LimitKey;
  /** `null` is no limit. */
  readonly before: LimitValue;
  /** `null` is no limit. */
  readonly after: LimitValue;
  /** What sets it afterwards. */
  readonly layerAfter: LimitLayer;
  readonly fileAfter: string | null;
  readonly lineAfter: number | null;
}

/** What another policy changes for a user. */
export interface ChangedUser {
  readonly user: Username;
  readonly groupBefore: GroupName;
  readonly groupAfter: GroupName;
  /** In the order of the keys' documentation; empty when only the group changes. */
  readonly changes: readonly ChangedLimit[];
}

/**
 * Whom of `users` another policy changes, and how, in their order. A value that another place sets is
 * no change while it stays the same.
 */
export function diffLimits(
  before: Policy,
  after: Policy,
  options: { readonly users: readonly Username[]; readonly nowMs: number },
): readonly ChangedUser[] {
  return options.users.flatMap((user) => {
    const changed = changeOf(before, after, { user, nowMs: options.nowMs });
    return changed.changes.length === 0 && changed.groupBefore === changed.groupAfter
      ? []
      : [changed];
  });
}

/** What another policy changes for one user, even when that is nothing. */
export function changeOf(
  before: Policy,
  after: Policy,
  { user, nowMs }: { readonly user: Username; readonly nowMs: number },
): ChangedUser {
  const then = resolveLimits(before, user, { nowMs }).resolved;
  const now = resolveLimits(after, user, { nowMs }).resolved;
  const changes = limitKeySchema.options.flatMap((key) => {
    const { value, layer, file, line } = now.limits[key];
    const old = then.limits[key].value;
    if (old === value) return [];
    return { key, before: old, after: value, layerAfter: layer, fileAfter: file, lineAfter: line };
  });
  return { user, groupBefore: then.group, groupAfter: now.group, changes };
}
