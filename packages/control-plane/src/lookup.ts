import {
  ds01Error,
  readObjectName,
  objectNameRule,
  type ContainerId,
  type ContainerState,
  type Ds01Error,
  type Lease,
  type ObjectName,
} from '@ds01/contracts';
import type { EngineContainerState } from '@ds01/ports';
import type { Caller } from './caller.ts';
import type { Reconciled } from './reconcile/reconcile.ts';
import type { ObservedContainer } from './reconcile/types.ts';

/**
 * A checked name. Fails with `name.invalid` and a name that would pass, from which `hintFor` makes
 * the command to type.
 */
export function checkName(
  given: string,
  what: string,
  hintFor: (suggestion: ObjectName) => string,
): ObjectName {
  const read = readObjectName(given);
  if (read.ok) return read.name;
  throw ds01Error('name.invalid', {
    message:
      `${JSON.stringify(given)} can't be the name of a ${what}: ${objectNameRule}. ` +
      `"${read.suggestion}" can.`,
    hint: hintFor(read.suggestion),
    details: { given, suggestion: read.suggestion },
  });
}

/** State of a container in DS01's words. */
export function containerStateOf(state: EngineContainerState): ContainerState {
  switch (state) {
    case 'created':
      return 'created';
    case 'running':
    case 'restarting':
      return 'running';
    case 'paused':
      return 'paused';
    case 'removing':
    case 'exited':
    case 'dead':
      return 'stopped';
  }
}

/** The caller's own container of a name; `undefined` without. What isn't theirs isn't there. */
export function findOwn(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
  name: ObjectName,
): ObservedContainer | undefined {
  return ownContainers(now, caller).find(({ record }) => record.name === name);
}

/** All containers of the caller. */
export function ownContainers(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
): readonly ObservedContainer[] {
  return now.containers.filter(({ record }) => record.managed && record.user === caller.owner.name);
}

/** Like {@link findOwn}, failing with `container.not-found`. */
export function getOwn(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
  given: string,
): ObservedContainer {
  const name = checkName(given, 'container', () => 'ds01 container list --all');
  const found = findOwn(now, caller, name);
  if (found !== undefined) return found;
  throw containerNotFound(caller, name);
}

/** The error for a container that isn't there, or isn't the caller's. */
function containerNotFound(caller: Caller, name: string): Ds01Error {
  return ds01Error('container.not-found', {
    message: `${caller.owner.name} has no container "${name}".`,
    hint: 'ds01 container list --all',
    details: { name },
  });
}

/** The live lease of a container. */
export function leaseOf(leases: readonly Lease[], id: ContainerId): Lease | undefined {
  return leases.find((lease) => lease.containerId === id);
}

/** The error for a verb that needs a running container. */
export function notRunning(name: string, state?: EngineContainerState): Ds01Error {
  if (state === 'paused') {
    return ds01Error('container.paused', {
      message: `${name} is paused.`,
      hint: `ds01 container unpause ${name}`,
    });
  }
  return ds01Error('container.not-running', {
    message: `${name} is not running.`,
    hint: `ds01 container start ${name}`,
  });
}
