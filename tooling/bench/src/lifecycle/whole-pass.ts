import { slotsOf } from '@ds01/contracts';
import { createLifecycle, createTurns, loadCurrentPolicy, reconcile } from '@ds01/control-plane';
import { createInMemoryEngine } from '@ds01/docker-engine';
import { createBenchClock, createDependencies, specOf } from '../full-server.ts';
import { partitionedServer, slicesPerDevice } from '../partitioned-server.ts';
import { undisturbed } from '../statistics.ts';

const warmUp = 10;
/** All of it within the grace period: no rule acts yet. */
const turns = 45;
const cadenceMs = 30_000;

/** What a pass of the daemon over idle containers takes, each of them with a leased slice of a GPU. */
export interface WholePass {
  /** All of it: looking, repairing the ledger, measuring, judging, storing. */
  readonly milliseconds: number;
  /** Of looking and repairing alone. */
  readonly reconcileMilliseconds: number;
  readonly engineCalls: number;
}

/** Measures passes of the daemon's loop on an in-memory engine; a sample of each container is due in each. */
export async function wholePass(containerCount: number): Promise<WholePass> {
  const inventory = partitionedServer(Math.ceil(containerCount / slicesPerDevice));
  const clock = createBenchClock();
  const engine = createInMemoryEngine({
    clock,
    cpus: 64,
    memoryBytes: 512 * 2 ** 30,
    images: [{ tags: ['ds01/busybox'], command: ['sh'] }],
  });
  const deps = createDependencies({ engine, inventory, clock });
  const slots = inventory.devices.flatMap(slotsOf);
  for (let index = 0; index < containerCount; index += 1) {
    const id = await engine.createContainer(specOf(index, slots[index]?.uuid));
    await engine.startContainer(id);
  }
  const lifecycle = createLifecycle(deps, { turns: createTurns(), onWake: () => undefined });
  const policy = loadCurrentPolicy(deps);
  const whole: number[] = [];
  const alone: number[] = [];
  let calls = 0;
  for (let turn = -warmUp; turn < turns; turn += 1) {
    clock.advance(cadenceMs);
    const before = countCalls(engine.calls);
    const spent = await cpuOf(async () => {
      const { actions, inspected } = await lifecycle.pass();
      if (inspected !== containerCount) throw new Error('containers are missing');
      if (actions.length > 0) throw new Error('nothing was to be done to any of them yet');
    });
    if (turn < 0) continue;
    calls += countCalls(engine.calls) - before;
    whole.push(spent);
    alone.push(await cpuOf(async () => void (await reconcile(deps, policy))));
  }
  return {
    milliseconds: quiet(whole),
    reconcileMilliseconds: quiet(alone),
    engineCalls: calls / turns,
  };
}

/** The undisturbed half of the undisturbed turns: a busy machine's cores cost CPU time, too. */
function quiet(values: readonly number[]): number {
  const most = undisturbed(values);
  return undisturbed(values.filter((value) => value <= most));
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function countCalls(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
