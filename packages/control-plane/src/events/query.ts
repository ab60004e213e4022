import { ds01Error } from '@ds01/contracts';
import type { EventFilter } from '@ds01/contracts/lifecycle';
import type { EventQuery, StoreTransaction } from '@ds01/ports';
import type { Person } from '../operations/call.ts';

/**
 * Which events a person means, and may see: their own (those of this account, not of a former one of
 * the same name), or for an administrator everybody's, or one person's. Fails with `access.denied`
 * for anybody else's.
 */
export function eventQueryOf(
  transaction: Pick<StoreTransaction, 'containers'>,
  person: Person,
  filter: EventFilter,
): EventQuery {
  const of = whose(person, filter);
  return {
    sinceMs: filter.sinceMs,
    untilMs: filter.untilMs,
    typePrefix: filter.type,
    of,
    containers: filter.container === null ? null : namesOf(transaction, filter.container, of),
  };
}

function whose({ owner, role }: Person, { user, own }: EventFilter): EventQuery['of'] {
  const mine = { user: owner.name, uid: owner.uid };
  if (role === 'admin' && !own) return user === null ? null : { user, uid: null };
  if (user === null || user === owner.name) return mine;
  throw ds01Error('access.denied', {
    message: 'Only administrators see what happened to others.',
    hint: 'ds01 events',
  });
}

/** What happened under an earlier name is known by the container's id, while that is there. */
function namesOf(
  { containers }: Pick<StoreTransaction, 'containers'>,
  given: string,
  of: EventQuery['of'],
): readonly string[] {
  const ids = containers
    .all()
    .filter(({ user, uid }) => of === null || (user === of.user && (of.uid ?? uid) === uid))
    .filter(({ name, dockerName, id }) => [name, dockerName, id].includes(given))
    .map(({ id }) => id);
  return [given, ...ids];
}
