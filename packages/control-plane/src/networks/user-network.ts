import { ds01Error, isDs01Error, type Slug } from '@ds01/contracts';
import type { ContainerEngine, EngineNetwork } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { bridgeNameOf, networkNameOf, planNetwork } from './plan-network.ts';

type NetworkDependencies = Pick<ControlPlaneDependencies, 'engine' | 'firewall' | 'logger'>;

/** Whose network is wanted, and the site's settings for new ones. */
export interface UserNetworkRequest {
  readonly slug: Slug;
  /** `network.pool` of the site settings. */
  readonly pool: string;
  /** `network.prefix` of the site settings. */
  readonly prefix: number;
}

/** A user's network that exists, as far as this process knows. */
export interface UserNetwork {
  /** To be given to the engine as a container's network. */
  readonly name: string;
  /** What the firewall can't enforce on this host. */
  readonly notices: readonly string[];
}

const label = 'ds01.network';

/** Slugs whose networks were found or made, and the end of the work that is under way. */
interface Memory {
  readonly known: Set<Slug>;
  queue: Promise<unknown>;
}

const memories = new WeakMap<ContainerEngine, Memory>();

/**
 * The user's own bridge network, found or made, and the firewall in force. The engine is asked once
 * per process and user, until `forgetUserNetwork`. Fails with `network.pool-exhausted`, and with
 * `engine.conflict` when a network of that name is not one of DS01's making.
 */
export async function ensureUserNetwork(
  deps: NetworkDependencies,
  request: UserNetworkRequest,
): Promise<UserNetwork> {
  const memory = memoryOf(deps.engine);
  const { notices } = await deps.firewall.ensure();
  if (!memory.known.has(request.slug)) {
    await inTurn(memory, async () => {
      if (memory.known.has(request.slug)) return;
      await findOrCreate(deps, request);
      memory.known.add(request.slug);
    });
  }
  return { name: networkNameOf(request.slug), notices };
}

/** To be called when the engine says `network.not-found`: the next `ensureUserNetwork` looks again. */
export function forgetUserNetwork(deps: Pick<NetworkDependencies, 'engine'>, slug: Slug): void {
  memoryOf(deps.engine).known.delete(slug);
}

/**
 * Removes DS01's networks of all other users. `keepNow` tells, at each call, who has a container, also
 * a stopped one, or is about to have one: it is asked behind the point where whoever begins now looks
 * for the network anew. Networks in use stay; failures are logged, never thrown.
 */
export async function removeUnusedNetworks(
  deps: NetworkDependencies,
  keepNow: () => ReadonlySet<Slug>,
): Promise<void> {
  const memory = memoryOf(deps.engine);
  await inTurn(memory, async () => {
    for (const network of await deps.engine.listNetworks()) {
      const slug = ownerOf(network);
      if (slug === undefined || hasSlug(keepNow(), slug)) continue;
      for (const known of memory.known) if (known === slug) memory.known.delete(known);
      if (hasSlug(keepNow(), slug)) continue;
      await deps.engine.removeNetwork(network.name).catch((error: unknown) => {
        deps.logger.debug('a network stays', { network: network.name, error: String(error) });
      });
    }
  });
}

/** The slug that a network of ours is for; `undefined` for any other network. */
function ownerOf(network: EngineNetwork): string | undefined {
  const slug = network.labels[label];
  return network.driver === 'bridge' && network.name === `ds01-${slug ?? ''}` ? slug : undefined;
}

function hasSlug(slugs: ReadonlySet<string>, slug: string): boolean {
  return slugs.has(slug);
}

function memoryOf(engine: ContainerEngine): Memory {
  const memory = memories.get(engine) ?? { known: new Set(), queue: Promise.resolve() };
  memories.set(engine, memory);
  return memory;
}

/** One after another, so that users of one process don't plan the same subnet. */
function inTurn(memory: Memory, work: () => Promise<void>): Promise<void> {
  const turn = memory.queue.then(work);
  memory.queue = turn.catch(() => undefined);
  return turn;
}

/** Others may make networks at the same time: every refusal is a reason to look again. */
const attempts = 8;

async function findOrCreate(deps: NetworkDependencies, request: UserNetworkRequest): Promise<void> {
  const { slug, pool, prefix } = request;
  const refused: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const networks = await deps.engine.listNetworks();
    if (isThere(networks, slug)) return;
    const existing = [...networks.flatMap((network) => network.subnets), ...refused];
    const plan = planNetwork({ pool, prefix, existing, slug });
    try {
      await deps.engine.createNetwork({ ...plan, labels: { [label]: slug } });
      return;
    } catch (error) {
      const conflict = isDs01Error(error) && error.code === 'engine.conflict';
      if (!conflict || attempt === attempts) throw error;
      deps.logger.debug('a network was refused', { ...plan, error: error.message });
      refused.push(plan.subnet);
    }
  }
}

/** Fails with `engine.conflict` when what has the name, or the bridge, isn't this user's network. */
function isThere(networks: readonly EngineNetwork[], slug: Slug): boolean {
  const name = networkNameOf(slug);
  const bridge = bridgeNameOf(slug);
  const candidates = networks.filter(
    (network) => network.name === name || network.bridge === bridge,
  );
  const [only] = candidates;
  if (only === undefined) return false;
  const ours = only.name === name && only.bridge === bridge && ownerOf(only) === slug;
  if (ours && candidates.length === 1) return true;
  const strange = candidates.find((network) => network !== only) ?? only;
  throw ds01Error('engine.conflict', {
    message: `The Docker network ${strange.name} is in the way of ${slug}'s: DS01 did not make it like this.`,
    hint: `docker network rm ${strange.id.slice(0, 12)}`,
    details: { network: strange.name, id: strange.id, bridge: strange.bridge, slug },
  });
}
