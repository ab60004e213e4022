import { isDs01Error, type ContainerId } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendReleased } from '../events/container-events.ts';
import { forgetContainer } from '../events/endings.ts';
import type { CurrentPolicy } from '../policy.ts';
import { originalNameOf } from '../replacement-name.ts';
import { isAlive } from './is-alive.ts';
import type { ObservedContainer } from './types.ts';

/** The new container runs: the old one goes, and the new one takes its name. */
export async function finishReplacement(
  deps: ControlPlaneDependencies,
  pair: { readonly oldId: ContainerId | null; readonly newId: ContainerId },
): Promise<void> {
  const { oldId, newId } = pair;
  if (oldId !== null) {
    await deps.engine.removeContainer(oldId, { force: false });
    const pinKey = deps.store.transaction((transaction) => {
      const record = transaction.containers.get(oldId);
      const lease = transaction.leases.live().find((live) => live.containerId === oldId);
      deps.grants.withdraw(oldId);
      const nowMs = deps.clock.nowMs();
      const reason = 'another container took its place';
      if (lease !== undefined) {
        const expected = { token: lease.token, states: [lease.state] };
        transaction.leases.update(lease.id, expected, { state: 'released', heldUntilMs: null });
        appendReleased(transaction, { lease, reason }, nowMs);
      }
      forgetContainer(transaction, { id: oldId, reason }, nowMs);
      // Pins with secrets are handed on.
      const heir = transaction.containers.get(newId)?.pinKey;
      return record === null || record.pinKey === heir ? null : record.pinKey;
    });
    if (pinKey !== null) await deps.pins.unpin(pinKey);
  }
  await takeName(deps, newId);
}

async function takeName(deps: ControlPlaneDependencies, id: ContainerId): Promise<void> {
  const record = deps.store.transaction((transaction) => transaction.containers.get(id));
  const dockerName = record === null ? null : originalNameOf(record.dockerName);
  if (record === null || dockerName === null) return;
  await deps.engine.renameContainer(id, dockerName);
  deps.store.transaction((transaction) => {
    transaction.containers.put({ ...record, dockerName });
    const lease = transaction.leases.live().find((live) => live.containerId === id);
    if (lease === undefined) return;
    const expected = { token: lease.token, states: [lease.state] };
    transaction.leases.update(lease.id, expected, { dockerName });
  });
}

/**
 * Finishes replacements whose command died: a replacement that runs takes the name; one that never
 * ran is removed once its command can't be at work any more. True when there was anything to do.
 */
export async function repairReplacements(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  containers: readonly ObservedContainer[],
): Promise<boolean> {
  let changed = false;
  for (const { record, state } of containers) {
    const original = record.managed ? originalNameOf(record.dockerName) : null;
    if (original === null) continue;
    const ageMs = deps.clock.nowMs() - record.createdAtMs;
    if (ageMs < policy.settings.leases.reserve_ttl_s * 1000) continue;
    const old = containers.find((other) => other.record.dockerName === original);
    changed = true;
    try {
      if (old === undefined || isAlive(state)) {
        await finishReplacement(deps, { oldId: old?.record.id ?? null, newId: record.id });
      } else await deps.engine.removeContainer(record.id, { force: false });
    } catch (error) {
      if (!isDs01Error(error)) throw error;
      deps.logger.warn('a replacement could not be finished', { name: original, code: error.code });
    }
  }
  return changed;
}
