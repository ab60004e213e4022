import { ds01Error, type Ds01Error, type Lease, type RouteOutput } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { appendReleased } from '../events/container-events.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import { gpusIfQuick, open } from '../use-case.ts';
import { turnOf, type Acting } from './acting.ts';
import { adminOperandOf } from './find-any.ts';

/**
 * Gives the GPUs of a lease back whose container doesn't run: a hold, or a reservation, whose command
 * then fails with `lease.fenced`. Fails with `lease.not-found`, `lease.in-use`.
 */
export async function releaseLease(
  acting: Acting,
  input: { readonly lease: string; readonly reason: string | null },
): Promise<RouteOutput<'admin.leases.release'>> {
  const { deps, turns, options } = acting;
  const { now } = await open(deps, gpusIfQuick(options));
  const { container } = findLease(now, input.lease);
  if (container === undefined) return releaseNow(acting, now, input);
  const again = async () => {
    const opened = await open(deps, gpusIfQuick(options));
    return releaseNow(acting, opened.now, input);
  };
  return turns.take(turnOf(container.record), again, options.signal);
}

function releaseNow(
  acting: Acting,
  now: Reconciled,
  input: { readonly lease: string; readonly reason: string | null },
): RouteOutput<'admin.leases.release'> {
  const { lease, container } = findLease(now, input.lease);
  const slots = lease.slots.map(({ slot }) => slot);
  const whose = lease.user === null ? '' : ` of ${lease.user}`;
  const answer = (message: string) => ({ lease: lease.id, slots, message });
  if (container !== undefined && isAlive(container.state)) {
    throw inUse(lease, adminOperandOf(container));
  }
  const what = `GPU ${slots.join(', ')}${whose}`;
  if (acting.options.dryRun === true) return answer(`${what} would go back to everybody`);
  const isReleased = acting.deps.store.transaction((transaction) =>
    releaseIn(transaction, acting, { lease, reason: input.reason }),
  );
  if (!isReleased) throw inUse(lease, container === undefined ? null : adminOperandOf(container));
  return answer(`${what} went back to everybody`);
}

/**
 * Releases a lease as it was looked at, and writes that down. False when it changed since, or a process
 * of its container is alive.
 */
export function releaseIn(
  transaction: StoreTransaction,
  { deps, by }: Pick<Acting, 'deps' | 'by'>,
  { lease, reason }: { readonly lease: Lease; readonly reason: string | null },
): boolean {
  const current = transaction.leases.get(lease.id);
  if (current === null || current.token !== lease.token || current.state !== lease.state) {
    return false;
  }
  if (lease.containerId !== null && deps.grants.withdraw(lease.containerId) === 'in-use') {
    return false;
  }
  const released = { state: 'released', heldUntilMs: null, expiresAtMs: null } as const;
  const expected = { token: lease.token, states: [lease.state] };
  if (!transaction.leases.update(lease.id, expected, released)) return false;
  const because = reason === null ? `${by} released it` : `${by} released it: ${reason}`;
  appendReleased(transaction, { lease, reason: because }, deps.clock.nowMs());
  return true;
}

function findLease(now: Pick<Reconciled, 'leases' | 'containers'>, given: string) {
  const lease = now.leases.find(({ id }) => id === given);
  if (lease === undefined) {
    throw ds01Error('lease.not-found', {
      message: `There is no lease ${JSON.stringify(given)}, or it was released already.`,
      hint: 'ds01-admin leases',
      details: { lease: given },
    });
  }
  const container = now.containers.find(({ record }) => record.id === lease.containerId);
  return { lease, container };
}

function inUse(lease: Lease, operand: string | null): Ds01Error {
  return ds01Error('lease.in-use', {
    message:
      operand === null
        ? `Lease ${lease.id} is being used right now.`
        : `${operand} runs on GPU ${lease.slots.map(({ slot }) => slot).join(', ')}.`,
    hint: operand === null ? 'ds01-admin leases' : `ds01-admin container stop ${operand}`,
    details: { lease: lease.id },
  });
}
