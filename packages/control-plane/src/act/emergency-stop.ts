import { ds01Error, isDs01Error, type RouteOutput } from '@ds01/contracts';
import type { ActedOn } from '@ds01/contracts/lifecycle';
import { recordEvent } from '../events/record-event.ts';
import { leaseOf } from '../lookup.ts';
import { holdIn, holdPerson } from '../queue/administering/administer.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { stopFound } from '../stop.ts';
import { gpusIfQuick, open, type Opened } from '../use-case.ts';
import { ownerCaller, stoppedByAdmin, takeTurn, type Acting } from './acting.ts';
import { eachAtOnce } from './each-at-once.ts';
import { adminOperandOf } from './find-any.ts';
import { tellOwner } from './tell-owner.ts';

/** Whom to stop. */
export interface EmergencyStopInput {
  /** `null` is everybody. */
  readonly user: string | null;
  /** SIGKILL at once. */
  readonly force: boolean;
  readonly reason: string | null;
}

/** Whoever starts containers while they are being stopped is caught in a later round. */
const maxRounds = 3;

/**
 * Stops all running containers of a person, or of everybody, several at once; protected ones too. Those
 * of the infrastructure go on. A failure doesn't keep the others from being stopped, and is reported.
 */
export async function emergencyStop(
  acting: Acting,
  input: EmergencyStopInput,
): Promise<RouteOutput<'admin.emergency-stop'>> {
  const { deps, by, options } = acting;
  const account = input.user === null ? null : await deps.accounts.byName(input.user);
  const results = new Map<string, ActedOn>();
  if (options.dryRun !== true) holdTurns(acting, input);
  for (let round = 0; round < maxRounds; round += 1) {
    const opened = await open(deps, gpusIfQuick(options));
    const isSomebody = ({ record }: ObservedContainer): boolean => record.user === input.user;
    if (input.user !== null && account === null && !opened.now.containers.some(isSomebody)) {
      throw ds01Error('user.unknown', {
        message: `There is no account ${JSON.stringify(input.user)}, and no container of it.`,
        hint: 'ds01-admin users',
        details: { user: input.user },
      });
    }
    const left = opened.now.containers.filter(
      (container) => isMeant(container, input) && !results.has(container.record.id),
    );
    if (left.length === 0) break;
    await eachAtOnce(left, async (container) => {
      results.set(container.record.id, await stopOne(acting, { ...opened, container }, input));
    });
    if (options.dryRun === true) break;
  }
  const containers = [...results.values()].toSorted((one, other) =>
    one.dockerName < other.dockerName ? -1 : 1,
  );
  if (options.dryRun !== true) {
    const failed = containers.filter(({ done }) => !done).length;
    recordEvent(deps, {
      type: 'emergency.stopped',
      user: input.user,
      uid: account?.uid ?? null,
      container: null,
      containerId: null,
      details: { by, reason: input.reason, containers: containers.length - failed, failed },
    });
  }
  return { containers };
}

/**
 * What comes free is granted to nobody until an administrator says so: the whole queue is held, or what
 * the person waits for.
 */
function holdTurns({ deps, by }: Acting, { user, reason }: EmergencyStopInput): void {
  const nowMs = deps.clock.nowMs();
  const hold = { by, reason: reason ?? 'an emergency stop', nowMs };
  deps.store.transaction((transaction) => {
    if (transaction.queue.live().length === 0) return;
    if (user === null) holdIn(transaction, { ...hold, kind: 'held', on: true });
    else holdPerson(transaction, { ...hold, user });
  });
}

function isMeant({ record, state }: ObservedContainer, { user }: EmergencyStopInput): boolean {
  if (!isAlive(state)) return false;
  if (user !== null) return record.user === user;
  return !record.monitoring && record.ownerBy !== 'infrastructure';
}

async function stopOne(
  acting: Acting,
  opened: Opened & { readonly container: ObservedContainer },
  { force, reason }: EmergencyStopInput,
): Promise<ActedOn> {
  const { deps, options } = acting;
  const { container, now } = opened;
  const { record } = container;
  const gpus = leaseOf(now.leases, record.id)?.slots.map(({ slot }) => slot) ?? [];
  const onGpu = gpus.length === 0 ? '' : ` (GPU ${gpus.join(', ')})`;
  const answer = (done: boolean, message: string): ActedOn => {
    options.onProgress?.(`${adminOperandOf(container)}: ${message}`);
    return { dockerName: record.dockerName, user: record.user, done, message };
  };
  if (options.dryRun === true) return answer(false, `it would be stopped${onGpu}`);
  try {
    const caller = await ownerCaller(deps, record);
    const event = stoppedByAdmin(record, { by: acting.by, reason, force });
    const input = { force, timeoutSeconds: null };
    const stop = () => stopFound(deps, { ...opened, caller, input, event }, {});
    await takeTurn(acting, record, stop);
    tellOwner(acting, opened, { did: 'stopped', reason, emergency: true });
    return answer(true, `stopped${onGpu}`);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return answer(false, isDs01Error(error) ? error.message : String(error));
  }
}
