import type { ContainerId } from '@ds01/contracts';
import type { Moment } from '@ds01/lifecycle';
import type { ContainerRecord, HostAccount } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { policyOfOwner, yearMs } from './rule-policy.ts';
import { momentOf, type SteadyNow } from './steady-clock.ts';

const fileName = '.keep-alive';

/** The account that owns a container; `null` when there is none, or another one of its name. */
export async function accountOf(
  deps: Pick<ControlPlaneDependencies, 'accounts'>,
  { user, uid }: Pick<ContainerRecord, 'user' | 'uid'>,
): Promise<HostAccount | null> {
  if (user === null) return null;
  const account = await deps.accounts.byName(user);
  return account === null || (uid !== null && account.uid !== uid) ? null : account;
}

/**
 * Until when the file `.keep-alive` in a container's workspace postpones the idle rule: as long as
 * the site allows from when it was changed last. Read as its owner; `null` without one. Never fails.
 */
export async function keepFileUntil(
  deps: Pick<ControlPlaneDependencies, 'accounts' | 'peopleFiles' | 'logger'>,
  record: ContainerRecord,
  at: { readonly policy: CurrentPolicy; readonly now: SteadyNow },
): Promise<Moment | null> {
  if (record.workspace === null) return null;
  try {
    const account = await accountOf(deps, record);
    if (account === null) return null;
    const path = `${record.workspace}/${fileName}`;
    const changedWallMs = await deps.peopleFiles.modifiedAt({ account, path });
    if (changedWallMs === null) return null;
    const { limits } = policyOfOwner(at.policy, record).resolved;
    const hours = limits['policies.keepalive_max_duration_h'].value;
    const lastsMs = hours === null ? yearMs : hours * 3_600_000;
    return Math.min(momentOf(at.now, changedWallMs), at.now.nowMs) + lastsMs;
  } catch (error) {
    deps.logger.warn('a keep-alive file could not be looked at', {
      container: record.dockerName,
      id: record.id satisfies ContainerId,
      error: String(error),
    });
    return null;
  }
}
