import { ds01Error } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { leaveIn } from '../joining/leave.ts';

/** A name service that is being restarted knows nobody for a moment. */
const againMs = 5000;

/**
 * Whether an account is gone: another one has its name, or the name service knows nobody of it, twice
 * within five seconds. Fails with what the name service fails with.
 */
async function isGone(
  { accounts, clock }: Pick<ControlPlaneDependencies, 'accounts' | 'clock'>,
  { name, uid }: Pick<HostAccount, 'name' | 'uid'>,
  signal?: AbortSignal,
): Promise<boolean> {
  const first = await accounts.byName(name);
  if (first !== null) return first.uid !== uid;
  await clock.sleep(againMs, signal);
  return (await accounts.byName(name))?.uid !== uid;
}

/** Fails with `user.unknown` for an account that {@link isGone}: nobody else waits for it. */
export async function refuseGone(
  deps: Pick<ControlPlaneDependencies, 'accounts' | 'clock'>,
  { owner }: { readonly owner: Pick<HostAccount, 'name' | 'uid'> },
  signal?: AbortSignal,
): Promise<void> {
  if (!(await isGone(deps, owner, signal))) return;
  throw ds01Error('user.unknown', {
    message: `There is no account ${owner.name} with uid ${owner.uid} any more.`,
  });
}

/** Takes what was granted to accounts that are gone, and nobody is there for, back out of the queue. */
export async function handOnFromGone(
  deps: Pick<ControlPlaneDependencies, 'accounts' | 'clock' | 'store'>,
  isThere: (id: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const granted = deps.store
    .transaction(({ queue }) => queue.live())
    .filter(({ id, state }) => state === 'granted' && !isThere(id));
  for (const { id, user: name, uid } of granted) {
    if (!(await isGone(deps, { name, uid }, signal))) continue;
    deps.store.transaction((transaction) => {
      const entry = transaction.queue.get(id);
      if (entry === null || entry.endedAtMs !== null) return;
      leaveIn(transaction, { entry, by: 'ds01', nowMs: deps.clock.nowMs() });
    });
  }
}
