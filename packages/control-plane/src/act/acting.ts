import { slugOf, usernameSchema, type Username } from '@ds01/contracts';
import type { EventDetails, NewEvent } from '@ds01/contracts/lifecycle';
import type { ContainerRecord } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { aboutContainer } from '../events/container-events.ts';
import { takeSoon, type Turns } from '../operations/turns.ts';
import { gpusIfQuick, open, type Opened } from '../use-case.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { getAny } from './find-any.ts';

/** What every act of an administrator needs. */
export interface Acting {
  readonly deps: ControlPlaneDependencies;
  /** Shared with the commands of the containers' owners. */
  readonly turns: Turns;
  /** Who acts. */
  readonly by: Username;
  readonly options: UseCaseOptions;
}

/** Under what changes of a container wait for each other, whoever asks for them. */
export function turnOf({ user, name }: Pick<ContainerRecord, 'user' | 'name'>): string {
  return `${user ?? ''}/${name.toLowerCase()}`;
}

/** What an owner's usual command takes. */
const patienceMs = 30_000;

/** Waits for what the owner of a container is doing with it, half a minute at most. */
export function takeTurn<T>(
  { turns, deps, options }: Pick<Acting, 'turns' | 'deps' | 'options'>,
  record: Pick<ContainerRecord, 'user' | 'name'>,
  work: () => Promise<T>,
): Promise<T> {
  const turn = { key: turnOf(record), patienceMs, signal: options.signal };
  return takeSoon({ turns, clock: deps.clock }, turn, work);
}

/**
 * Finds anybody's container, waits for what its owner is doing with it, and works on it as it is
 * then. Fails with the errors of {@link getAny}.
 */
export async function inTurnOf<T>(
  acting: Acting,
  given: string,
  work: (opened: Opened & { readonly container: ObservedContainer }) => Promise<T>,
): Promise<T> {
  const { deps, options } = acting;
  const find = async () => {
    const opened = await open(deps, gpusIfQuick(options));
    return { ...opened, container: getAny(opened.now, given) };
  };
  const { container } = await find();
  return takeTurn(acting, container.record, async () => work(await find()));
}

/**
 * The owner of a container as use cases know callers. Somebody whose account is gone, or nobody, has
 * a name and limits all the same; their uid is that of nobody.
 */
export async function ownerCaller(
  deps: Pick<ControlPlaneDependencies, 'accounts'>,
  { user, uid }: Pick<ContainerRecord, 'user' | 'uid'>,
): Promise<Caller> {
  const account = user === null ? null : await deps.accounts.byName(user);
  const owner = account ?? withoutAccount(user ?? usernameSchema.parse('nobody'), uid);
  return { owner, interface: 'atomic', role: 'user' };
}

/** What is written down when an administrator stops a container. */
export function stoppedByAdmin(
  record: ContainerRecord,
  details: EventDetails<'container.stopped-by-admin'>,
): NewEvent {
  return { type: 'container.stopped-by-admin', ...aboutContainer(record), details };
}

/** Why a container is removed, as what goes on after "because". */
export function removedBecause({ by }: Pick<Acting, 'by'>, reason: string | null): string {
  return reason === null ? `${by} removed it` : `${by} removed it: ${reason}`;
}

const nobodyId = 65_534;

function withoutAccount(name: Username, uid: number | null): Caller['owner'] {
  const id = uid ?? nobodyId;
  return { name, slug: slugOf(name), uid: id, gid: nobodyId, groupIds: [], home: '/nonexistent' };
}
