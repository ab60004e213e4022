import { ds01Error, usernameSchema, type Username } from '@ds01/contracts';
import {
  belongsTo,
  loadCurrentPolicy,
  roleOf,
  whenThere,
  type NowOrLater,
  type Person,
} from '@ds01/control-plane';
import type {
  Clock,
  HostAccount,
  HostAccounts,
  Logger,
  PolicyFiles,
  TokenRecord,
} from '@ds01/ports';

/** Who callers are, and for whom they act. */
export interface People {
  /**
   * The person behind a uid, or, for an administrator, the one that is named; at once where that was
   * asked lately. Fails with `user.unknown`, `access.denied`, which may be at once, too.
   */
  personOf(uid: number, actFor: string | null): NowOrLater<Person>;
  /** The person in whose name an administrator acts. Fails with `user.unknown`, `access.denied`. */
  personBy(actor: Username, actFor: string): Promise<Person>;
  /**
   * The person whom a token was made for, or, `asAdmin`, the one that is named; `null` when the account
   * is gone, or another one has its name or uid now. Without `asAdmin` they are a user, whatever else
   * they are. Fails with `user.unknown`, `access.denied`.
   */
  personOfToken(
    token: Pick<TokenRecord, 'user' | 'uid'>,
    as: { readonly actFor: string | null; readonly asAdmin: boolean },
  ): Promise<Person | null>;
}

/** Nobody, or somebody; who was found lately is there at once. */
type Found = NowOrLater<Person | null>;

/** How long the name service's answer is used again. */
const cacheMs = 5000;

/** People of this host. */
export function createPeople(deps: {
  readonly accounts: HostAccounts;
  readonly policyFiles: PolicyFiles;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'nowMs'>;
}): People {
  // By uid, or by name.
  const known = new Map<number | string, { readonly atMs: number; found: Found }>();
  const cached = (key: number | string, look: () => Promise<HostAccount | null>): Found => {
    const entry = known.get(key);
    const nowMs = deps.clock.nowMs();
    if (entry !== undefined && Math.abs(nowMs - entry.atMs) < cacheMs) return entry.found;
    const found = look().then(withRole);
    const made: { readonly atMs: number; found: Found } = { atMs: nowMs, found };
    known.set(key, made);
    const keep = (person: Person | null): void => {
      made.found = person;
    };
    found.then(keep, () => known.delete(key));
    if (known.size > 10_000) known.clear();
    return found;
  };
  const withRole = async (owner: HostAccount | null): Promise<Person | null> => {
    if (owner === null) return null;
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    return { owner, role: await roleOf(deps, policy, owner) };
  };
  const named = (name: string): Found => cached(name, () => deps.accounts.byName(name));
  const actingFor = (caller: Person, actFor: string | null): NowOrLater<Person> => {
    if (actFor === null || actFor === caller.owner.name) return caller;
    if (caller.role !== 'admin') {
      throw ds01Error('access.denied', {
        message: 'Only administrators may act for another user.',
        hint: 'ds01 container list',
      });
    }
    const name = usernameSchema.safeParse(actFor);
    return whenThere(name.success ? named(actFor) : null, (other) => {
      if (other === null) throw unknown(JSON.stringify(actFor));
      // Whoever acts for somebody is still an administrator.
      return { owner: other.owner, role: 'admin', actor: caller.owner.name };
    });
  };
  return {
    personOf(uid, actFor) {
      const found = cached(uid, () => deps.accounts.byUid(uid));
      return whenThere(found, (caller) => {
        if (caller === null) throw unknown(`uid ${uid}`);
        return actingFor(caller, actFor);
      });
    },
    async personBy(actor, actFor) {
      const caller = await named(actor);
      if (caller === null) throw unknown(actor);
      return actingFor(caller, actFor);
    },
    async personOfToken(token, { actFor, asAdmin }) {
      const caller = await named(token.user);
      if (caller === null || !belongsTo(token, caller.owner)) return null;
      return actingFor(asAdmin ? caller : { ...caller, role: 'user' }, actFor);
    },
  };
}

function unknown(who: string) {
  return ds01Error('user.unknown', {
    message: `There is no account ${who} on this host.`,
    hint: 'getent passwd',
  });
}
