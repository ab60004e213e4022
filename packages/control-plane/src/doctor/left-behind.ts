import type { ContainerId } from '@ds01/contracts';
import { adminOperandOf } from '../act/find-any.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { endLeftBehind } from '../left-behind.ts';
import { inspectOrNull } from '../reconcile/observe.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import { failing, type Check } from './check.ts';

type World = Pick<ControlPlaneDependencies, 'engine' | 'processes'>;

/**
 * Whether processes of containers run that don't run as far as the engine knows, or that are gone but
 * for their lease: the engine was killed while it started or removed them. Their GPU is given to
 * nobody. Nothing to tell is no check.
 */
export async function checkLeftBehind(world: World, now: Reconciled): Promise<readonly Check[]> {
  const found = await lostProcesses(world, now);
  if (found.size === 0) return [];
  const known = new Map(now.containers.map((container) => [container.record.id, container]));
  const findings = [...found].map(([id, pids]) => {
    const lease = now.leases.find(({ containerId }) => containerId === id);
    const container = known.get(id);
    const name = container === undefined ? lease?.dockerName : adminOperandOf(container);
    const gpus = lease?.slots.map(({ slot }) => slot) ?? [];
    const holds = gpus.length === 0 ? '' : ` and keep GPU ${gpus.join(', ')}`;
    return `processes of ${name ?? id} run${holds} although the engine knows nothing of them: ${pids.join(', ')}`;
  });
  const [first] = found.keys();
  const container = first === undefined ? undefined : known.get(first);
  const hint =
    container === undefined
      ? 'ds01-admin doctor --fix'
      : `ds01-admin container stop ${adminOperandOf(container)}`;
  return [failing('left-behind', findings.join('; '), hint)];
}

/** Ends them. */
export async function mendLeftBehind(world: World, now: Reconciled): Promise<void> {
  for (const id of (await lostProcesses(world, now)).keys()) await endLeftBehind(world, id);
}

async function lostProcesses(
  world: World,
  { containers, leases }: Reconciled,
): Promise<ReadonlyMap<ContainerId, readonly number[]>> {
  const running = new Set(
    containers.filter(({ state }) => isAlive(state)).map(({ record }) => record.id),
  );
  const ids = [
    ...containers.map(({ record }) => record.id),
    ...leases.flatMap(({ containerId }) => containerId ?? []),
  ];
  const found = new Map(
    world.processes.ofContainers(new Set(ids.filter((id) => !running.has(id)))),
  );
  for (const id of found.keys()) {
    // It may have been started since the engine was asked.
    const details = await inspectOrNull(world, id);
    if (details !== null && isAlive(details.state)) found.delete(id);
  }
  return found;
}
