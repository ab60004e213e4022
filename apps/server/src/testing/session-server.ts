import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { slugOf, usernameSchema, type RouteId } from '@ds01/contracts';
import type { TokenScope } from '@ds01/contracts/service';
import { createOperations, hashOfSecret } from '@ds01/control-plane';
import type { TokenRecord } from '@ds01/ports';
import type { Audit } from '../audit/audit.ts';
import { createLiveSessions, type LiveSessions } from '../sessions/connect-session.ts';
import { createBodyRooms } from '../doors/body-room.ts';
import { createNetworkConnections } from '../doors/doors.ts';
import { createFloods } from '../doors/floods.ts';
import { createDoorServer } from '../doors/http-server.ts';
import { createIdentify } from '../doors/identify.ts';
import { createOpenStreams } from '../doors/open-streams.ts';
import { createOpenTokens } from '../doors/open-tokens.ts';
import { createWrongTokens } from '../doors/wrong-tokens.ts';
import type { People } from '../people.ts';
import { createRequests } from '../requests.ts';
import { createSessionHandler } from '../sessions/sessions.ts';
import { createInsideProcess, type InsideProcess } from './inside-process.ts';

/** A session as it came to its operation. */
export interface OpenedSession {
  readonly id: RouteId;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
  readonly inside: InsideProcess;
}

/** A door with nothing but sessions behind it, and what it told. */
export interface SessionServer {
  readonly port: number;
  readonly opened: readonly OpenedSession[];
  /** Of everything that was logged and audited, the text. */
  readonly said: () => string;
  readonly live: LiveSessions;
  /** The next session that is opened. */
  next(): Promise<OpenedSession>;
  /** Ends every token, and looks at those in use. */
  revoke(): Promise<void>;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
  /** A connection on which nothing was said. */
  connect(): Socket;
  close(): Promise<void>;
}

/** A secret of Alice’s of this scope. */
export function secretOf(scope: TokenScope): string {
  return `ds01_${scope.padEnd(43, 'A')}`;
}

/** Origin of pages that may open sessions. */
export const knownOrigin = 'https://lab.example.org';

const user = usernameSchema.parse('alice');
const owner = { name: user, slug: slugOf(user), uid: 7, gid: 7, groupIds: [7], home: '/home/x' };
const silent = () => undefined;

function tokenOf(secret: string): TokenRecord | null {
  const scope = (['read', 'write', 'admin', 'metrics'] as const).find(
    (one) => secretOf(one) === secret,
  );
  if (scope === undefined) return null;
  const dates = { createdAtMs: 0, expiresAtMs: null, revokedAtMs: null };
  const use = { lastUsedAtMs: null, lastUsedFrom: null };
  const hash = hashOfSecret(secret) ?? '';
  return { id: `t${scope}`, name: scope, user, uid: 7, scope, hash, hint: '', ...dates, ...use };
}

/** Serves on the loopback address as the daemon does over the network, without TLS. */
export async function startSessionServer(
  given: { readonly requestsPerSecond?: number; readonly streams?: number } = {},
): Promise<SessionServer> {
  const lines: unknown[] = [];
  const write = (...words: readonly unknown[]): void => void lines.push(words);
  const log = { debug: write, info: write, warn: write, error: write };
  const audit: Audit = { begin: (call) => (write(call), (outcome) => write(outcome)) };
  const nowMs = (): number => 0;
  const network = createNetworkConnections();
  let isRevoked = false;
  const openTokens = createOpenTokens(() => !isRevoked);
  const people: People = {
    personOf: async () => ({ owner, role: 'user' }),
    personBy: async (actor) => ({ owner, role: 'user', actor }),
    personOfToken: async () => ({ owner, role: 'user' }),
  };
  const identify = createIdentify({
    peers: { greet: silent, uidOf: () => 7 },
    people,
    network,
    authenticate: tokenOf,
    floods: createFloods({
      perSecond: () => given.requestsPerSecond ?? 1000,
      nowMs,
      onRefused: silent,
    }),
    wrongTokens: createWrongTokens({ perMinute: () => 10, nowMs, onBlocked: silent }),
    streams: createOpenStreams(() => given.streams ?? 10),
    openTokens,
  });
  const none = () => Promise.reject(new Error('there is no engine'));
  const { admit, call, callAtOnce, stream } = createOperations({
    policyFiles: { read: () => [], readNamed: () => null } as never,
    logger: log,
    clock: { nowMs },
    dependencies: none,
    withoutState: none,
    gate: () => ({ installed: true, mode: 'enforce', message: '' }),
    version: () => ({ version: '0', node: 'v0', mode: 'daemon' }),
    ready: async () => ({ ready: true, reason: null }),
    cancel: () => false,
    keeper: null,
    lifecycle: null,
    queue: null,
    work: null,
    metrics: null,
  });
  const opened: OpenedSession[] = [];
  const waiting: ((session: OpenedSession) => void)[] = [];
  const live = createLiveSessions();
  const requests = createRequests();
  const onUpgrade = createSessionHandler({
    version: '1.2.3',
    operations: {
      admit,
      call,
      callAtOnce,
      stream,
      async session(id, person, given, { signal } = {}) {
        const input = admit(id, person, given);
        const session = { id, input, signal, inside: createInsideProcess() };
        opened.push(session);
        waiting.shift()?.(session);
        return session.inside.session;
      },
    },
    accepting: () => true,
    requests,
    bodies: createBodyRooms(),
    origins: () => [`${knownOrigin}/`],
    onUndone: silent,
    live,
    network,
    identify,
    audit,
    log,
  });
  const door = createDoorServer(
    {
      fetch: () => new Response('served'),
      accept: silent,
      greet: (socket) => network.greet(socket, false),
      onUpgrade,
    },
    { tls: null, mostConnections: null },
  );
  door.server.listen(0, '127.0.0.1');
  await once(door.server, 'listening');
  const { port } = door.server.address() as AddressInfo;
  return {
    port,
    opened,
    live,
    said: () => JSON.stringify(lines),
    next: () => new Promise((resolve) => waiting.push(resolve)),
    revoke: () => {
      isRevoked = true;
      return openTokens.check();
    },
    idle: () => requests.idle(),
    connect: () => connect(port, '127.0.0.1'),
    close: () => door.close(),
  };
}
