import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ds01Error, routes, wireHeaders, type RouteId } from '@ds01/contracts';
import { hashOfSecret, whenThere, type NowOrLater, type Person } from '@ds01/control-plane';
import type { TokenRecord } from '@ds01/ports';
import type { People } from '../people.ts';
import type { Peers } from '../peers.ts';
import type { NetworkConnections, NetworkDoor } from './doors.ts';
import { countedAddress } from './doors.ts';
import type { Floods } from './floods.ts';
import type { OpenStreams } from './open-streams.ts';
import type { OpenTokens } from './open-tokens.ts';
import type { WrongTokens } from './wrong-tokens.ts';

/** Who calls, however they came in. */
export interface Identified {
  /** `null` where nobody needs to be known. */
  readonly person: Person | null;
  /** By the kernel's word, or a token's. */
  readonly uid: number | null;
  /** Id of the token that they came with; `null` without. */
  readonly token: string | null;
  /** When the token ends, RFC 3339, where that is soon. */
  readonly tokenExpires?: string;
  /** IP address; `null` on the unix socket. */
  readonly address: string | null;
  /** To be called when the request has ended. */
  readonly leave: () => void;
}

/** What came in, as far as it says who calls. */
export interface Approach {
  /** `null` for what is no operation: the description of the API, and paths that lead nowhere. */
  readonly id: RouteId | null;
  readonly message: Pick<IncomingMessage, 'headers' | 'headersDistinct'>;
  readonly socket: Socket;
  /** Told when the token that was used doesn't count any longer. */
  readonly onTokenEnded?: () => void;
}

/**
 * Finds out who calls: on the unix socket whom the kernel names, over the network whose token it is.
 * Fails with `access.denied`, `user.unknown`, `token.invalid`, `rate.limited`,
 * `rate.too-many-streams`.
 */
export type Identify = (approach: Approach) => NowOrLater<Identified>;

/** What callers are identified with. */
export interface IdentifyDependencies {
  readonly peers: Peers;
  readonly people: People;
  readonly network: NetworkConnections;
  /** The token that counts with this secret; see `authenticate` of the control plane. */
  readonly authenticate: (secret: string, from: string) => TokenRecord | null;
  readonly floods: Floods;
  readonly wrongTokens: WrongTokens;
  readonly streams: OpenStreams;
  readonly openTokens: OpenTokens;
  /** When a token ends, if its person is to be told; see `expiryToTell` of the control plane. */
  readonly expiryOf?: (token: TokenRecord) => string | null;
}

/** The one way in which callers are identified, whatever they ask for. */
export function createIdentify(deps: IdentifyDependencies): Identify {
  return (approach) => {
    const door = deps.network.of(approach.socket);
    const known = door === null ? atSocket(deps, approach) : overNetwork(deps, approach, door);
    const kind = approach.id === null ? 'call' : routes[approach.id].kind;
    if (kind !== 'stream' && kind !== 'session') return known;
    return whenThere(known, (one) => enterStream(deps, one));
  };
}

/** Counts what stays open. */
function enterStream({ streams }: IdentifyDependencies, known: Identified): Identified {
  if (known.uid === null) return known;
  try {
    const leave = streams.enter(known.uid);
    return {
      ...known,
      leave: () => {
        leave();
        known.leave();
      },
    };
  } catch (error) {
    known.leave();
    throw error;
  }
}

const nothing = (): void => undefined;

function isPublic(id: RouteId | null): boolean {
  return id === null || routes[id].role === 'public';
}

function atSocket(
  { peers, people, floods }: IdentifyDependencies,
  { id, message, socket }: Approach,
): NowOrLater<Identified> {
  const uid = peers.uidOf(socket);
  if (uid !== 0) floods.count(`uid ${uid}`);
  const rest = { uid, token: null, address: null, leave: nothing };
  if (isPublic(id)) return { ...rest, person: null };
  const found = people.personOf(uid, actForIn(message));
  return whenThere(found, (person) => ({ ...rest, person }));
}

async function overNetwork(
  deps: IdentifyDependencies,
  { id, message, socket, onTokenEnded }: Approach,
  door: NetworkDoor,
): Promise<Identified> {
  const { address, secure } = door;
  const stranger = () => deps.floods.count(`address ${countedAddress(address)}`);
  if (isPublic(id)) {
    stranger();
    return { person: null, uid: null, token: null, address, leave: nothing };
  }
  const secret = bearerOf(message);
  if (secret === null) {
    stranger();
    throw missingToken();
  }
  const token = tokenWith(deps, secret, address);
  if (token === null) {
    stranger();
    throw wrongToken();
  }
  deps.floods.count(`uid ${token.uid}`);
  const { scope } = token;
  const person = await deps.people.personOfToken(token, {
    actFor: actForIn(message),
    asAdmin: scope === 'admin' && secure,
  });
  // Whether it never was, has ended, or its account has, is nobody's business.
  if (person === null) throw wrongToken();
  const tokenExpires = deps.expiryOf?.(token) ?? null;
  return {
    person: { ...person, token: { id: token.id, scope, secure } },
    uid: token.uid,
    token: token.id,
    ...(tokenExpires === null ? {} : { tokenExpires }),
    address,
    leave: deps.openTokens.enter(token, socket, onTokenEnded),
  };
}

function tokenWith(
  { authenticate, wrongTokens }: IdentifyDependencies,
  secret: string,
  address: string,
): TokenRecord | null {
  const hash = hashOfSecret(secret);
  wrongTokens.refuseBlocked(address, hash);
  const token = hash === null ? null : authenticate(secret, address);
  if (token === null) wrongTokens.wrong(address);
  else wrongTokens.right(address, token.hash);
  return token;
}

/** The secret of a request; `null` without exactly one. */
function bearerOf({ headersDistinct }: Approach['message']): string | null {
  const given = headersDistinct['authorization'] ?? [];
  if (given.length !== 1) return null;
  return /^bearer +(\S{1,200})$/i.exec(given[0] ?? '')?.[1] ?? null;
}

function actForIn({ headers }: Approach['message']): string | null {
  const given = headers[wireHeaders.actFor];
  if (typeof given !== 'string') return null;
  try {
    return decodeURIComponent(given);
  } catch {
    return given;
  }
}

function missingToken() {
  return ds01Error('token.invalid', {
    message: 'This needs a token: Authorization: Bearer ds01_…',
    hint: 'log in on the server itself and run: ds01 token create NAME',
  });
}

function wrongToken() {
  return ds01Error('token.invalid', {
    message: 'The token is unknown, or counts no longer.',
    hint: 'log in on the server itself and run: ds01 token list',
  });
}
