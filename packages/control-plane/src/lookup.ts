import {
  ds01Error,
  readObjectName,
  objectNameRule,
  splitDockerName,
  type ContainerId,
  type ContainerState,
  type Ds01Error,
  type Lease,
  type ObjectName,
} from '@ds01/contracts';
import { nearestName } from '@ds01/limits';
import type { ContainerRecord, EngineContainerState } from '@ds01/ports';
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
      `${JSON.stringify(given)} can't be the name of ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}: ${objectNameRule}. ` +
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

/**
 * The caller's own container of a name that DS01 made; `undefined` without. What isn't theirs isn't
 * there.
 */
export function findOwn(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
  name: string,
): ObservedContainer | undefined {
  return ownContainers(now, caller).find(({ record }) => record.managed && record.name === name);
}

/**
 * All containers of the caller, also those that DS01 didn't make. Not those of an earlier account of the
 * same name: what runs inside has that one's uid.
 */
export function ownContainers(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
): readonly ObservedContainer[] {
  const { name, uid } = caller.owner;
  return now.containers.filter(
    ({ record }) => record.user === name && (record.uid === null || record.uid === uid),
  );
}

/** Whether a verb is for containers that DS01 didn't make, too. */
export type ForeignContainers = 'allowed' | 'refused';

/**
 * The caller's container of a name, a Docker name, or the beginning of an id (6 digits or more). Of
 * several with one name, DS01's own is meant. Fails with `name.invalid`, `container.not-found`,
 * `container.ambiguous`, and with `container.foreign` for one that DS01 didn't make where these are
 * `refused`.
 */
export function getOwn(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
  given: string,
  foreign: ForeignContainers = 'refused',
): ObservedContainer {
  const found = findAny(now, caller, given);
  if (found === undefined) {
    // A Docker name breaks the rule for names, and is fine here.
    if (splitDockerName(given) !== undefined) throw containerNotFound(now, caller, given);
    const name = checkName(given, 'container', () => 'ds01 container list --all');
    throw containerNotFound(now, caller, name);
  }
  if (foreign === 'refused' && !found.record.managed) throw foreignContainer(found.record);
  return found;
}

function findAny(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
  given: string,
): ObservedContainer | undefined {
  const read = readObjectName(given);
  const name = read.ok ? read.name : given;
  const all = ownContainers(now, caller);
  const isNamed = ({ record }: ObservedContainer): boolean => record.name === name;
  const isCalled = ({ record }: ObservedContainer): boolean => record.dockerName === given;
  const startsSo = ({ record }: ObservedContainer): boolean => record.id.startsWith(given);
  return (
    findOwn(now, caller, name) ??
    all.find(({ record }) => record.id === given) ??
    all.find(isCalled) ??
    onlyOne(given, all.filter(isNamed)) ??
    (/^[0-9a-f]{6,64}$/.test(given) ? onlyOne(given, all.filter(startsSo)) : undefined)
  );
}

function onlyOne(
  given: string,
  found: readonly ObservedContainer[],
): ObservedContainer | undefined {
  const [first, second] = found;
  if (second === undefined) return first;
  const names = found.map(({ record }) => record.dockerName).toSorted();
  throw ds01Error('container.ambiguous', {
    message: `"${given}" may be any of ${names.join(', ')}. Give the whole name.`,
    hint: `ds01 container show ${names[0] ?? ''}`,
    details: { given, containers: names },
  });
}

/** The error for what DS01 does only in containers that it made itself. */
function foreignContainer(record: ContainerRecord): Ds01Error {
  const { name, dockerName, workspace } = record;
  const own = readObjectName(name);
  const folder = workspace === null ? '' : ` --workspace ${shellWord(workspace)}`;
  return ds01Error('container.foreign', {
    message:
      `DS01 did not make ${dockerName}: it can show, pause, stop and remove it, but starts nothing ` +
      'in it and does not change it. Make one of your own instead, on the same folder:',
    hint: `ds01 container deploy ${own.ok ? own.name : own.suggestion}${folder}`,
    details: { dockerName, id: record.id },
  });
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The error for a container that isn't there, or isn't the caller's: only of their own are any proposed. */
function containerNotFound(
  now: Pick<Reconciled, 'containers'>,
  caller: Caller,
  name: string,
): Ds01Error {
  const similar = nearestName(
    name,
    ownContainers(now, caller).map(({ record }) => operandOf(record)),
  );
  return ds01Error('container.not-found', {
    message:
      `${caller.owner.name} has no container "${name}".` +
      (similar === null ? '' : ` Did you mean ${similar}?`),
    hint: 'ds01 container list --all',
    details: { name },
  });
}

/** What to type for a container: its name, or Docker's where only that is sure to be unique. */
export function operandOf(
  record: Pick<ContainerRecord, 'managed' | 'name' | 'dockerName'>,
): string {
  return record.managed ? record.name : record.dockerName;
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
