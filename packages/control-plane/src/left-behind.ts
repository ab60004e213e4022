import { ds01Error, isDs01Error, type ContainerId, type Ds01Error } from '@ds01/contracts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { inspectOrNull } from './reconcile/observe.ts';
import { isAlive } from './reconcile/is-alive.ts';

type Dependencies = Pick<ControlPlaneDependencies, 'engine' | 'processes' | 'clock'>;

const pauseMs = 100;
const attempts = 20;

/**
 * Starts a container, also one of which the engine lost a run (it was killed while it started it):
 * what that run left behind is ended first. Fails with `container.start-failed` when it can't be.
 */
export async function startDespiteLeftBehind(
  deps: Dependencies,
  { id, name }: { readonly id: ContainerId; readonly name: string },
): Promise<void> {
  let failure: unknown = null;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      await deps.engine.startContainer(id);
      return;
    } catch (error) {
      if (!isLeftBehind(error)) throw error;
      failure = error;
    }
    if (attempt === 0) {
      const left = await endLeftBehind(deps, id);
      if (left === null) return;
      if (left.length > 0) throw stillThere(name, left, failure);
    } else {
      // The engine learns a moment later that they are gone.
      await deps.clock.sleep(pauseMs);
    }
  }
  throw ds01Error('container.start-failed', {
    message: `${name} can't start: the engine doesn't let go of its last run, of which nothing is left.`,
    hint: `ds01 container start ${name} --recreate`,
    details: { name, stuck: true },
    cause: failure,
  });
}

/**
 * True where a container can't be started any more, since the engine believes in a run of which nothing
 * is left: until it is itself started again, only another container can come in its place.
 */
export function isStuck(error: unknown): boolean {
  return (
    isDs01Error(error) && error.code === 'container.start-failed' && error.details['stuck'] === true
  );
}

/**
 * Ends the processes of a container that the engine has lost, and returns those that are still
 * there; `null`, and nothing happens, when it runs.
 */
export async function endLeftBehind(
  deps: Pick<Dependencies, 'engine' | 'processes'>,
  id: ContainerId,
): Promise<readonly number[] | null> {
  const details = await inspectOrNull(deps, id);
  if (details !== null && isAlive(details.state)) return null;
  return deps.processes.endLeftBehind(id);
}

/** Processes that were to be ended and weren't: most likely they wait for a driver or a disk. */
function stillThere(name: string, pids: readonly number[], cause?: unknown): Ds01Error {
  return ds01Error('container.start-failed', {
    message: `${name} can't start: processes of its last run don't end (${pids.join(', ')}).`,
    hint: 'ds01 doctor',
    details: { name, pids },
    ...(cause === undefined ? {} : { cause }),
  });
}

function isLeftBehind(error: unknown): boolean {
  return (
    isDs01Error(error) && error.code === 'engine.conflict' && error.details['leftBehind'] === true
  );
}
