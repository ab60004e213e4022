import { ds01Error, isDs01Error, slugOf, type ContainerId, type Slug } from '@ds01/contracts';
import type { ContainerNetworkKind } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { startDespiteLeftBehind } from '../left-behind.ts';
import { liveBuilds } from '../images/build/record.ts';
import {
  ensureUserNetwork,
  forgetUserNetwork,
  removeUnusedNetworks,
} from '../networks/user-network.ts';
import { pendingContainers } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';

/** Whose container is put on which network. */
export interface NetworkWish {
  readonly owner: { readonly slug: Slug };
  readonly policy: CurrentPolicy;
  readonly kind: ContainerNetworkKind;
}

/** The network that a container is put on. */
export interface PreparedNetwork {
  /** What the engine calls it. */
  readonly mode: string;
  readonly notices: readonly string[];
}

const noted = 'network:';
const ownerLabel = 'ds01.network';

/**
 * Makes the owner's private network, behind the firewall, where a container needs it. To be done
 * before every start: neither survives a reboot for sure.
 */
export async function prepareNetwork(
  deps: ControlPlaneDependencies,
  { owner, policy, kind }: NetworkWish,
): Promise<PreparedNetwork> {
  if (kind !== 'private') return { mode: kind, notices: [] };
  const { slug } = owner;
  // Noted before it is there, so that whoever comes after a crash knows that it may have to go.
  note(deps, slug);
  const { pool, prefix } = policy.settings.network;
  const network = await ensureUserNetwork(deps, { slug, pool, prefix });
  // Somebody may have taken note and network away while this process was stopped.
  note(deps, slug);
  return { mode: network.name, notices: network.notices };
}

function note(deps: ControlPlaneDependencies, slug: Slug): void {
  deps.store.transaction(({ meta }) => {
    if (meta.get(noted + slug) === null) meta.set(noted + slug, '1');
  });
}

/** Runs a step that needs the network, once more if somebody took the network away meanwhile. */
export async function withNetwork<T>(
  deps: ControlPlaneDependencies,
  wish: NetworkWish,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const isGone = isDs01Error(error) && error.code === 'network.not-found';
    if (!isGone || wish.kind !== 'private') throw error;
    forgetUserNetwork(deps, wish.owner.slug);
    await prepareNetwork(deps, wish);
    return step();
  }
}

/** Lets the next sweep look at all networks: it isn't known any more which ones were made. */
export function noteUnknownNetworks(meta: { set(key: string, value: string): void }): void {
  meta.set(noted, '1');
}

/**
 * Removes the networks of users who have no container, make none and build nothing. Asks the engine only when the
 * ledger says that there may be one.
 */
export async function sweepNetworks(deps: ControlPlaneDependencies): Promise<void> {
  const needed = () => neededNetworks(deps);
  const stale = needed().stale;
  if (stale.length === 0) return;
  await removeUnusedNetworks(deps, () => needed().keep);
  const left = (await deps.engine.listNetworks()).flatMap(
    (network) => network.labels[ownerLabel] ?? [],
  );
  deps.store.transaction(({ meta }) => {
    for (const { key } of stale) meta.remove(key);
    for (const slug of left) meta.set(noted + slug, '1');
  });
}

/** Whose networks have to stay, and the notes of all others. */
function neededNetworks(deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>) {
  return deps.store.transaction((transaction) => {
    const making = [...pendingContainers(transaction, deps.clock.nowMs()).values()];
    // Others' containers aren't on networks of ours.
    const made = transaction.containers.all().filter(({ managed }) => managed);
    const building = liveBuilds(transaction, deps.clock.nowMs());
    const owners = [...making, ...made, ...building].flatMap(({ user }) => user ?? []);
    const keep = new Set(owners.map(slugOf));
    const kept = new Set([...keep].map((slug) => noted + slug));
    return { keep, stale: transaction.meta.list(noted).filter(({ key }) => !kept.has(key)) };
  });
}

/** Starts a container, whatever an earlier run left behind; a port that somebody else has is said with the next step. */
export async function startPublished(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'processes' | 'clock'>,
  id: ContainerId,
  name: string,
): Promise<void> {
  try {
    await startDespiteLeftBehind(deps, { id, name });
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'port.taken') throw error;
    throw ds01Error('port.taken', {
      message: `${name} can't start: ${error.message} Another program or container has it.`,
      hint: `ds01 container retire ${name}, then deploy it with another port, or -p without one`,
      details: error.details,
      cause: error,
    });
  }
}
