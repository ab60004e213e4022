import { slotsOf } from '@ds01/contracts';
import { loadCurrentPolicy, reconcile } from '@ds01/control-plane';
import { createInMemoryEngine } from '@ds01/docker-engine';
import { createBenchClock, createDependencies, specOf } from '../full-server.ts';
import type { BenchCase } from '../measurement.ts';
import { partitionedServer } from '../partitioned-server.ts';
import { median } from '../statistics.ts';

const containerCount = 500;
const deviceCount = 8;
const turns = 30;
const warmUp = 10;
const budgetMs = 100;
/** A look at 500 containers that are known already, 56 of them with a leased GPU slice. */
export const reconcileCase: BenchCase = {
  budgets: ['reconcile-500', 'reconcile-500-calls'],
  run: async () => {
    const inventory = partitionedServer(deviceCount);
    const clock = createBenchClock();
    const engine = createInMemoryEngine({
      clock,
      cpus: 64,
      memoryBytes: 512 * 2 ** 30,
      images: [{ tags: ['ds01/busybox'], command: ['sh'] }],
    });
    const deps = createDependencies({ engine, inventory, clock });
    const policy = loadCurrentPolicy(deps);
    const slots = inventory.devices.flatMap(slotsOf);
    for (let index = 0; index < containerCount; index += 1) {
      const id = await engine.createContainer(specOf(index, slots[index]?.uuid));
      await engine.startContainer(id);
    }
    for (let turn = 0; turn < warmUp; turn += 1) await reconcile(deps, policy);
    const before = countCalls(engine.calls);
    const cpu: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const start = process.cpuUsage();
      const now = await reconcile(deps, policy);
      const { user, system } = process.cpuUsage(start);
      cpu.push((user + system) / 1000);
      if (now.containers.length !== containerCount) throw new Error('containers are missing');
      const bound = now.leases.filter(({ state }) => state === 'bound');
      if (bound.length !== slots.length) throw new Error('leases are missing');
    }
    const calls = (countCalls(engine.calls) - before) / turns;
    const milliseconds = median(cpu);
    return [
      {
        name: 'reconcile-500',
        ratio: milliseconds / budgetMs,
        budget: 1,
        raw: `${milliseconds.toFixed(1)} ms of CPU, ${String(budgetMs)} ms allowed`,
      },
      {
        name: 'reconcile-500-calls',
        ratio: calls,
        budget: 1,
        raw: `${String(calls)} engine calls each, ${String(turns)} times`,
      },
    ];
  },
};

function countCalls(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
