import { ds01Error, readObjectName, type Ds01Error } from '@ds01/contracts';
import { operandOf } from '../lookup.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import type { ObservedContainer } from '../reconcile/types.ts';

/**
 * Anybody's container: by Docker's name, id, the beginning of an id (6 digits or more), or
 * `<user>/<name>` as its owner calls it. Fails with `container.not-found`, `container.ambiguous`.
 */
export function getAny(now: Pick<Reconciled, 'containers'>, given: string): ObservedContainer {
  // Somebody may have named a container after another's id.
  const exactly =
    now.containers.find(({ record }) => record.id === given) ??
    now.containers.find(({ record }) => record.dockerName === given);
  const found = exactly ?? ofOwner(now, given) ?? byBeginning(now, given);
  if (found !== undefined) return found;
  throw ds01Error('container.not-found', {
    message: `There is no container ${JSON.stringify(given)}. Give Docker's name, an id, or <user>/<name>.`,
    hint: 'ds01-admin containers --all',
    details: { name: given },
  });
}

/** What an administrator types for a container: `alice/thesis`, or Docker's name. */
export function adminOperandOf({ record }: Pick<ObservedContainer, 'record'>): string {
  const { managed, user } = record;
  return managed && user !== null ? `${user}/${operandOf(record)}` : record.dockerName;
}

function ofOwner(
  { containers }: Pick<Reconciled, 'containers'>,
  given: string,
): ObservedContainer | undefined {
  const slash = given.indexOf('/');
  if (slash === -1) return undefined;
  const user = given.slice(0, slash);
  const typed = given.slice(slash + 1);
  const read = readObjectName(typed);
  const name = read.ok ? read.name : typed;
  const own = containers.filter(({ record }) => record.user === user && record.name === name);
  return own.find(({ record }) => record.managed) ?? onlyOne(given, own);
}

function byBeginning(
  { containers }: Pick<Reconciled, 'containers'>,
  given: string,
): ObservedContainer | undefined {
  if (!/^[0-9a-f]{6,64}$/.test(given)) return undefined;
  return onlyOne(
    given,
    containers.filter(({ record }) => record.id.startsWith(given)),
  );
}

function onlyOne(
  given: string,
  found: readonly ObservedContainer[],
): ObservedContainer | undefined {
  if (found.length > 1) throw ambiguous(given, found);
  return found[0];
}

function ambiguous(given: string, found: readonly ObservedContainer[]): Ds01Error {
  const names = found.map(({ record }) => record.dockerName).toSorted();
  return ds01Error('container.ambiguous', {
    message: `"${given}" may be any of ${names.join(', ')}. Give the whole name.`,
    hint: 'ds01-admin containers --all',
    details: { given, containers: names },
  });
}
