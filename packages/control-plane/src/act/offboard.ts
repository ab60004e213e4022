import {
  ds01Error,
  isDs01Error,
  slugOf,
  usernameSchema,
  type RouteOutput,
  type Username,
} from '@ds01/contracts';
import type { ActedOn } from '@ds01/contracts/lifecycle';
import { workspacesRoot } from '../deploy/folders.ts';
import { recordEvent } from '../events/record-event.ts';
import { removeAllImages } from '../images/remove-all.ts';
import { forgetPerson } from '../queue/joining/people.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { removeFound } from '../remove.ts';
import { stopFound } from '../stop.ts';
import { endTokensOf, tokensOfName } from '../tokens/end-tokens.ts';
import { gpusIfQuick, open, type Opened } from '../use-case.ts';
import { ownerCaller, removedBecause, stoppedByAdmin, takeTurn, type Acting } from './acting.ts';
import { eachAtOnce } from './each-at-once.ts';
import { entriesAbout } from './file-entries.ts';
import { releaseIn } from './release-lease.ts';

/** Who leaves. */
export interface OffboardInput {
  readonly user: string;
  /** Remove their images, too. */
  readonly images: boolean;
  readonly reason: string | null;
}

/**
 * Gives back what a person has here: tokens end, containers are stopped and removed, leases released,
 * images removed. Their files and their entries in the configuration stay, and are told. The account may be
 * gone already. Fails with `user.unknown` for somebody who has nothing and never was anybody here.
 */
export async function offboard(
  acting: Acting,
  input: OffboardInput,
): Promise<RouteOutput<'admin.users.offboard'>> {
  const { deps, by, options } = acting;
  const dryRun = options.dryRun === true;
  const opened = await open(deps, gpusIfQuick(options));
  const user = knownUser(input.user);
  const account = await deps.accounts.byName(user);
  const stays = entriesAbout(deps.policyFiles.read(), user);
  const own = opened.now.containers.filter(({ record }) => record.user === user);
  const hasMore = deps.store.transaction(
    (transaction) =>
      transaction.queue.live().some((entry) => entry.user === user) ||
      tokensOfName(transaction, user).length > 0,
  );
  const isSomebody =
    account !== null ||
    hasMore ||
    stays.length > 0 ||
    own.length > 0 ||
    opened.now.leases.some((lease) => lease.user === user);
  if (!isSomebody) throw unknownUser(input.user);
  // Before anything of theirs comes free, so that it isn't granted to themselves.
  if (!dryRun) {
    // Their programs make nothing new meanwhile.
    endTokensOf(deps, { user, by });
    leaveQueue(acting, user);
  }
  const containers: ActedOn[] = [];
  await eachAtOnce(own, async (container) => {
    containers.push(await retireOne(acting, { ...opened, container }, input.reason));
  });
  const removed = new Set(
    containers.filter(({ done }) => done).map(({ dockerName }) => dockerName),
  );
  const leases = dryRun
    ? opened.now.leases.filter((lease) => lease.user === user).map(({ id }) => String(id))
    : [
        ...opened.now.leases
          .filter((lease) => lease.user === user && removed.has(lease.dockerName))
          .map(({ id }) => String(id)),
        ...releaseRest(acting, user),
      ];

  const owner = { uid: account?.uid ?? own[0]?.record.uid ?? null, slug: slugOf(user) };
  const images = input.images ? await removeAllImages(deps, owner, { dryRun }) : [];
  if (!dryRun) {
    recordEvent(deps, {
      type: 'user.offboarded',
      user,
      uid: owner.uid,
      container: null,
      containerId: null,
      details: { by, containers: removed.size, leases: leases.length, images: images.length },
    });
  }
  const folders = account === null ? [] : [`files in ${workspacesRoot(account, opened.policy)}`];
  return {
    user,
    containers: containers.toSorted((one, other) => (one.dockerName < other.dockerName ? -1 : 1)),
    leases: [...new Set(leases)],
    images: [...images],
    stays: [...folders, ...stays],
  };
}

async function retireOne(
  acting: Acting,
  opened: Opened & { readonly container: ObservedContainer },
  reason: string | null,
): Promise<ActedOn> {
  const { deps, options } = acting;
  const { container } = opened;
  const { record, state } = container;
  const answer = (done: boolean, message: string): ActedOn => {
    options.onProgress?.(`${record.dockerName}: ${message}`);
    return { dockerName: record.dockerName, user: record.user, done, message };
  };
  const running = isAlive(state);
  if (options.dryRun === true) {
    return answer(false, running ? 'it would be stopped and removed' : 'it would be removed');
  }
  const retire = async (): Promise<void> => {
    const caller = await ownerCaller(deps, record);
    const input = { force: false, timeoutSeconds: null };
    const because = reason ?? 'the person left';
    const event = stoppedByAdmin(record, { by: acting.by, reason: because, force: false });
    if (running) await stopFound(deps, { ...opened, caller, input, event }, {});
    const removal = { ...opened, force: true, reason: removedBecause(acting, because) };
    await removeFound(deps, removal, {});
  };
  try {
    await takeTurn(acting, record, retire);
    return answer(true, running ? 'stopped and removed' : 'removed');
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return answer(false, isDs01Error(error) ? error.message : String(error));
  }
}

/** Nothing is granted to somebody who left. */
function leaveQueue({ deps, by }: Acting, user: Username): void {
  const nowMs = deps.clock.nowMs();
  deps.store.transaction((transaction) => forgetPerson(transaction, { user, by, nowMs }));
}

/** Reservations, and what a lost container left. What a process still uses stays. */
function releaseRest(acting: Acting, user: Username): readonly string[] {
  return acting.deps.store.transaction((transaction) => {
    const left: Reconciled['leases'] = transaction.leases.live();
    return left
      .filter((lease) => lease.user === user && lease.state !== 'external')
      .filter((lease) => releaseIn(transaction, acting, { lease, reason: 'the person left' }))
      .map(({ id }) => String(id));
  });
}

function knownUser(given: string): Username {
  const user = usernameSchema.safeParse(given);
  if (user.success) return user.data;
  throw unknownUser(given);
}

function unknownUser(given: string) {
  return ds01Error('user.unknown', {
    message: `Nobody called ${JSON.stringify(given)} has anything here.`,
    hint: 'ds01-admin users',
    details: { user: given },
  });
}
