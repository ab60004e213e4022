import { ds01Error, type RouteOutput, type Username } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import { gpusIfQuick, open } from '../use-case.ts';
import { adminMessage } from './admin-texts.ts';
import { queueNotice } from './queue.ts';

/** An administrator's words. */
export interface PeopleMessage {
  /** Account name; `null` is everybody who has a container or is logged in. */
  readonly user: string | null;
  readonly message: string;
  readonly by: Username;
}

/** Whom a message goes to. */
interface Addressee {
  readonly user: Username;
  readonly uid: number | null;
  readonly workspace: string | null;
}

/**
 * Puts an administrator's message to one person, or to everybody who has a container or is logged in,
 * into the outbox. Fails with `user.unknown` for an account that isn't there.
 */
export async function tellPeople(
  deps: ControlPlaneDependencies,
  { user, message, by }: PeopleMessage,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'admin.notify'>> {
  const { policy, now } = await open(deps, gpusIfQuick(options));
  const people =
    user === null ? await everybody(deps, now) : [addresseeOf(await one(deps, user), now)];
  const users = people.map((it) => it.user);
  const count = users.length === 1 ? '1 person' : `${users.length} people`;
  if (options.dryRun === true) return { users, message: `The message would go to ${count}.` };
  const nowMs = deps.clock.nowMs();
  deps.store.transaction((transaction) => {
    for (const person of people) {
      const { workspace } = person;
      const notice = adminMessage(person, { text: message, by, workspace, nowMs });
      queueNotice(transaction, { policy, nowMs }, notice);
      const about = { user: person.user, uid: person.uid, container: null, containerId: null };
      appendEvent(transaction, { type: 'user.notified', ...about, details: { by } }, nowMs);
    }
  });
  return { users, message: `The message goes to ${count}.` };
}

async function one({ accounts }: ControlPlaneDependencies, user: string): Promise<HostAccount> {
  const account = await accounts.byName(user);
  if (account !== null) return account;
  throw ds01Error('user.unknown', {
    message: `There is no account ${JSON.stringify(user)} here.`,
    hint: 'ds01-admin users',
    details: { user },
  });
}

async function everybody(
  { accounts, terminals }: ControlPlaneDependencies,
  now: Reconciled,
): Promise<readonly Addressee[]> {
  const people = new Map<Username, Addressee>();
  for (const { record } of now.containers) {
    const { user, uid } = record;
    if (user === null || uid === 0) continue;
    people.set(user, { user, uid, workspace: workspaceOf(user, now) });
  }
  for (const uid of await terminals.owners()) {
    const account = await accounts.byUid(uid);
    if (account !== null && !people.has(account.name)) {
      people.set(account.name, addresseeOf(account, now));
    }
  }
  return [...people.values()].toSorted((left, right) => (left.user < right.user ? -1 : 1));
}

function addresseeOf({ name: user, uid }: HostAccount, now: Reconciled): Addressee {
  return { user, uid, workspace: workspaceOf(user, now) };
}

/** The folder of a container of theirs that runs, or of any. */
function workspaceOf(user: Username, now: Reconciled): string | null {
  const own = now.containers.filter(({ record }) => record.user === user && record.managed);
  const withFolder = own.filter(({ record }) => record.workspace !== null);
  const best = withFolder.find(({ state }) => isAlive(state)) ?? withFolder[0];
  return best?.record.workspace ?? null;
}
