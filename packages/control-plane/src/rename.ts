import {
  dockerNameOf,
  ds01Error,
  isDs01Error,
  type ContainerOutput,
  type ObjectName,
} from '@ds01/contracts';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { reserveTtlMs } from './deploy/reserve.ts';
import { appendRenamed } from './events/container-events.ts';
import { checkName, findOwn, leaseOf } from './lookup.ts';
import { pendingContainers, putPending, removePending } from './pending.ts';
import type { CurrentPolicy } from './policy.ts';
import { summaryOf } from './present.ts';
import { isAwaited } from './queue/joining/people.ts';
import { renamedTo } from './current-name.ts';
import { isAlive } from './reconcile/is-alive.ts';
import type { ObservedContainer } from './reconcile/types.ts';
import { gpusIfQuick, openContainer } from './use-case.ts';

/** Which container gets which name. */
export interface RenameInput {
  readonly name: string;
  readonly newName: string;
}

/**
 * Gives a container another name; nothing else about it changes. The name is the engine's as much as
 * the ledger's: whoever reconciles after a crash finds out which of the two it has. Fails with
 * `name.invalid`, `container.exists` when the name is taken or being taken, `container.start-failed`
 * while another command is at work on the container.
 */
export async function rename(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: RenameInput,
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const target = { caller, name: input.name };
  const opened = await openContainer(deps, target, gpusIfQuick(options));
  const { container, now, policy } = opened;
  const { record } = container;
  const newName = checkName(
    input.newName,
    'container',
    (valid) => `ds01 container rename ${record.name} ${valid}`,
  );
  const lease = leaseOf(now.leases, record.id);
  if (newName === record.name) {
    return { container: summaryOf(container, lease), note: 'that was its name already' };
  }
  const dockerName = dockerNameOf(newName, caller.owner.slug);
  const isTaken =
    findOwn(now, caller, newName) !== undefined ||
    now.containers.some((other) => other.record.dockerName === dockerName);
  if (isTaken) throw nameTaken(newName);
  if (options.dryRun === true) {
    return { container: summaryOf(container, lease), note: `it would be called ${newName}` };
  }
  options.signal?.throwIfAborted();
  const renamed = await renameClaimed(deps, { caller, policy, container, newName, dockerName });
  return { container: summaryOf(renamed, lease), note: noteFor(renamed) };
}

async function renameClaimed(
  deps: ControlPlaneDependencies,
  parts: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly container: ObservedContainer;
    readonly newName: ObjectName;
    readonly dockerName: string;
  },
): Promise<ObservedContainer> {
  const { container, newName, dockerName } = parts;
  const { record } = container;
  const release = claimNames(deps, parts);
  try {
    await deps.engine.renameContainer(record.id, dockerName);
    const renamed = deps.store.transaction((transaction) => {
      const known = transaction.containers.get(record.id) ?? record;
      const changed = renamedTo(known, dockerName);
      transaction.containers.put(changed);
      appendRenamed(transaction, { known, dockerName }, deps.clock.nowMs());
      const lease = leaseOf(transaction.leases.live(), record.id);
      if (lease !== undefined) {
        const expected = { token: lease.token, states: [lease.state] };
        transaction.leases.update(lease.id, expected, { dockerName });
      }
      return changed;
    });
    return { ...container, record: renamed };
  } catch (error) {
    throw isDs01Error(error) && error.code === 'container.exists' ? nameTaken(newName) : error;
  } finally {
    release();
  }
}

/** Both names belong to this command until the function that it gives is called. */
function claimNames(
  deps: ControlPlaneDependencies,
  parts: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly container: ObservedContainer;
    readonly newName: ObjectName;
    readonly dockerName: string;
  },
): () => void {
  const { caller, policy, container, newName } = parts;
  const { record } = container;
  const names = [record.dockerName, parts.dockerName];
  const token = deps.store.transaction((transaction) => {
    const nowMs = deps.clock.nowMs();
    const pending = pendingContainers(transaction, nowMs);
    const isWanted = pending.has(parts.dockerName) || isAwaited(transaction, parts.dockerName);
    if (isWanted) throw nameTaken(newName);
    if (pending.has(record.dockerName)) {
      throw ds01Error('container.start-failed', {
        message: `Another command is making or starting ${record.name} right now.`,
        hint: 'ds01 container list --all',
        details: { name: record.name },
      });
    }
    const next = transaction.leases.nextToken();
    const note = {
      user: caller.owner.name,
      token: next,
      expiresAtMs: nowMs + reserveTtlMs(policy),
    };
    for (const name of names) putPending(transaction, name, note);
    return next;
  });
  return () => {
    deps.store.transaction((transaction) => {
      for (const name of names) removePending(transaction, name, token);
    });
  };
}

function noteFor({ record, state }: ObservedContainer): string | null {
  if (!isAlive(state) || record.hostname === null) return null;
  const inside = `inside, its host name stays ${record.hostname}`;
  return record.mounts?.network === 'private'
    ? `${inside}; your other containers find it under the new name after a restart`
    : inside;
}

function nameTaken(name: string) {
  return ds01Error('container.exists', {
    message: `There is a container "${name}" already, or one is being made or waited for.`,
    hint: 'ds01 container list --all',
    details: { name },
  });
}
