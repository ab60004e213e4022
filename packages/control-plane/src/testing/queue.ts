import { createTurns } from '../operations/turns.ts';
import { createOperations, type Operations } from '../operations/operations.ts';
import type { Person } from '../operations/call.ts';
import { createQueue, type Queue } from '../queue/granting/create-queue.ts';
import { watchLedger } from '../queue/ledger/watch-ledger.ts';
import type { QueueRecord } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { RouteInput, RouteOutput } from '@ds01/contracts';
import { alice } from './people.ts';
import type { SharedLooks } from '../reconcile/shared-looks.ts';
import type { World } from './world.ts';

/** A daemon's queue and operations in a world, until it is stopped. */
export interface QueueDaemon {
  readonly deps: ControlPlaneDependencies;
  readonly operations: Operations;
  readonly queue: Queue;
  /** How often something was put into the outbox. */
  readonly told: () => number;
  /** Deploys, waiting for as long as it takes unless said otherwise. */
  deploy(
    person: Person,
    input: Partial<RouteInput<'containers.deploy'>> & { readonly name: string },
    options?: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (line: string) => void;
      readonly dryRun?: boolean;
    },
  ): Promise<RouteOutput<'containers.deploy'>>;
  /** Everything that was begun and needs no time has ended. */
  settle(): Promise<void>;
  /** The daemon ends: what waits keeps its place. */
  stop(): Promise<void>;
}

/** A request of alice's that waits for a GPU. */
export const waitingEntry: QueueRecord = {
  id: `q${'0'.repeat(20)}`,
  user: alice.owner.name,
  uid: alice.owner.uid,
  kind: 'interactive',
  state: 'waiting',
  priority: 'normal',
  gpu: { kind: 'any' },
  container: 'waiting',
  dockerName: 'waiting._.alice',
  fingerprint: 'waiting',
  operation: null,
  runtimeMs: null,
  queuedAtMs: Date.UTC(2026, 0, 5, 8),
  waitsUntilMs: null,
  place: null,
  held: false,
  leaseId: null,
  grantedAtMs: null,
  claimUntilMs: null,
  endedAtMs: null,
};

/** Starts a daemon's queue in a world; with `looks` its reads share what they see. */
export function startQueue(world: World, deps = world.deps(), looks?: SharedLooks): QueueDaemon {
  const ending = new AbortController();
  const watch = watchLedger(deps);
  let told = 0;
  const queue = createQueue(watch, {
    signal: ending.signal,
    onTold: () => (told += 1),
    onLeases: () => looks?.forget(),
  });
  const { dependencies } = watch;
  const operations = createOperations({
    policyFiles: deps.policyFiles,
    logger: deps.logger,
    clock: deps.clock,
    dependencies: async () => dependencies,
    withoutState: async () => dependencies,
    gate: () => ({ installed: true, mode: 'enforce', message: 'installed' }),
    version: () => ({ version: '0.0.0', node: 'v0', mode: 'daemon' }),
    ready: async () => ({ ready: true, reason: null }),
    cancel: () => false,
    keeper: null,
    lifecycle: null,
    queue,
    work: null,
    metrics: null,
    turns: createTurns(),
    ...(looks === undefined ? {} : { looks }),
  });
  return {
    deps: dependencies,
    operations,
    queue,
    told: () => told,
    deploy: (person, input, options = {}) =>
      operations.call(
        'containers.deploy',
        person,
        {
          image: 'ds01/busybox',
          project: null,
          workspace: null,
          gpu: { kind: 'any' },
          wait: { forMs: null },
          ...input,
        },
        options,
      ),
    settle: settled,
    async stop() {
      ending.abort();
      await queue.ended;
    },
  };
}

/** Everything that needs no time has happened: nothing in a world in memory takes more turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Live requests of the queue. */
export function liveEntries(world: Pick<World, 'store'>): readonly QueueRecord[] {
  return world.store.transaction(({ queue }) => queue.live());
}
