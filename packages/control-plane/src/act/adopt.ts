import { ds01Error, type ContainerOutput } from '@ds01/contracts';
import { appendEvent } from '../events/record-event.ts';
import { leaseOf } from '../lookup.ts';
import { summaryOf } from '../present.ts';
import { inTurnOf, type Acting } from './acting.ts';
import { adminOperandOf } from './find-any.ts';

/**
 * Says whose a container is that DS01 didn't make; from then on it, and its GPUs, count for them. Fails
 * with `user.unknown`, and with `container.owned` for one that DS01 made: what runs in it has its
 * owner's uid for good.
 */
export async function adopt(
  acting: Acting,
  input: { readonly container: string; readonly user: string; readonly reason: string | null },
): Promise<ContainerOutput> {
  const { deps, by, options } = acting;
  const account = await deps.accounts.byName(input.user);
  if (account === null) {
    throw ds01Error('user.unknown', {
      message: `There is no account ${JSON.stringify(input.user)} on this server.`,
      hint: 'ds01-admin users',
      details: { user: input.user },
    });
  }
  return inTurnOf(acting, input.container, async ({ container, now }) => {
    const { record } = container;
    if (record.managed) {
      throw ds01Error('container.owned', {
        message: `DS01 made ${record.dockerName} for ${record.user ?? 'its owner'}, and what runs in it is theirs.`,
        hint: `ds01-admin container stop ${adminOperandOf(container)}`,
        details: { dockerName: record.dockerName, user: record.user },
      });
    }
    const { name: user, uid } = account;
    const changed = { ...record, user, uid, ownerBy: 'administrator' as const };
    const lease = leaseOf(now.leases, record.id);
    const adopted = { ...container, record: changed };
    const charged = lease === undefined ? undefined : { ...lease, user };
    const gpus = lease === undefined ? '' : `, and so does GPU ${slotsOf(lease)}`;
    if (options.dryRun === true) {
      return { container: summaryOf(adopted, charged), note: `it would count for ${user}${gpus}` };
    }
    deps.store.transaction((transaction) => {
      const known = transaction.containers.get(record.id) ?? record;
      transaction.containers.put({ ...known, user, uid, ownerBy: 'administrator' });
      const live = leaseOf(transaction.leases.live(), record.id);
      if (live !== undefined) {
        const expected = { token: live.token, states: [live.state] };
        transaction.leases.update(live.id, expected, { user });
      }
      const event = {
        type: 'container.adopted' as const,
        user,
        uid,
        container: record.dockerName,
        containerId: record.id,
        details: { by, reason: input.reason },
      };
      appendEvent(transaction, event, deps.clock.nowMs());
    });
    return { container: summaryOf(adopted, charged), note: `it counts for ${user} now${gpus}` };
  });
}

function slotsOf(lease: { readonly slots: readonly { readonly slot: string }[] }): string {
  return lease.slots.map(({ slot }) => slot).join(', ');
}
