import {
  authenticate,
  createEndTokensOfTheGone,
  expiryToTell,
  recordEvent,
  stillCounts,
  tellExpiringTokens,
  type ControlPlaneDependencies,
} from '@ds01/control-plane';
import { isDs01Error, type SiteSettings } from '@ds01/contracts';
import type { TokenRecord } from '@ds01/ports';
import type { ServerLog } from '../log.ts';
import type { People } from '../people.ts';
import type { Peers } from '../peers.ts';
import { createBodyRooms, type BodyRooms } from './body-room.ts';
import { doorSettings } from './door-settings.ts';
import type { NetworkConnections } from './doors.ts';
import { createFloods } from './floods.ts';
import { createIdentify, type Identify } from './identify.ts';
import { createOpenRights, type OpenRights } from './open-rights.ts';
import { createOpenStreams } from './open-streams.ts';
import { createOpenTokens } from './open-tokens.ts';
import { createWrongTokens } from './wrong-tokens.ts';

/** How long the settings of the doors are used again. */
const settingsMs = 5000;
/** How long what was begun with a token may outlive it. */
const checkMs = 2000;
const asTheyAre = { actFor: null, asAdmin: false };
/** How often it is looked whose tokens are left behind, and which end soon. */
const lookMs = 3_600_000;

/** Those who stand at the doors. */
export interface GateKeepers {
  /** Says who comes, whether their token counts, and whether it is too much. */
  readonly identify: Identify;
  readonly bodies: BodyRooms;
  /** Who is at something as an administrator: it ends when they are none any longer. */
  readonly rights: OpenRights;
  /** Origins whose web pages may call. */
  readonly origins: () => readonly string[];
  /**
   * Counts a token as in use by what an earlier daemon began with it at `sinceMs`, until the function
   * that it gives is called; `null` when the token, or the secret that it had then, has ended.
   */
  readonly goOnWith: (use: {
    readonly id: string;
    readonly sinceMs: number;
    readonly onEnded: () => void;
  }) => (() => void) | null;
}

/** The doors of a daemon, by its settings as they are; tokens in use are looked at again and again. */
export function createGateKeepers(
  deps: ControlPlaneDependencies,
  options: {
    readonly peers: Peers;
    readonly people: People;
    readonly network: NetworkConnections;
    readonly log: ServerLog;
    readonly signal: AbortSignal;
  },
): GateKeepers {
  const { log, people, signal } = options;
  const settings = settingsOf(deps);
  const nowMs = (): number => performance.now();
  // Whether the account is there is asked for once in a few seconds, however many tokens it uses.
  const isThere = async (token: TokenRecord): Promise<boolean> => {
    try {
      return (await people.personOfToken(token, asTheyAre)) !== null;
    } catch (error) {
      log.warn('an account is looked for later', { user: token.user, error: String(error) });
      return true;
    }
  };
  const openTokens = createOpenTokens(
    async (token) => stillCounts(deps, token) && (await isThere(token)),
  );
  const rights = createOpenRights((uid) => isAdmin(people, uid, log));
  const timer = setInterval(() => {
    for (const open of [openTokens, rights]) {
      open.check().catch((error: unknown) => {
        log.warn('tokens and rights in use are looked at later', { error: String(error) });
      });
    }
  }, checkMs);
  const endTokensOfTheGone = createEndTokensOfTheGone(deps);
  const looking = setInterval(() => {
    endTokensOfTheGone()
      .then(() => tellExpiringTokens(deps))
      .catch((error: unknown) => {
        log.warn('tokens that end are looked for later', { error: String(error) });
      });
  }, lookMs);
  for (const one of [timer, looking]) {
    one.unref();
    signal.addEventListener('abort', () => clearInterval(one), { once: true });
  }
  const identify = createIdentify({
    ...options,
    people,
    authenticate: (secret, from) => authenticate(deps, secret, from),
    floods: createFloods({
      perSecond: () => settings().requests_per_second,
      nowMs,
      onRefused: (key) => log.warn('requests are refused: there are too many', { of: key }),
    }),
    wrongTokens: createWrongTokens({
      perMinute: () => settings().wrong_tokens_per_minute,
      nowMs,
      onBlocked: (address, forMs) => {
        const until = new Date(deps.clock.nowMs() + forMs).toISOString();
        const details = { address, reason: 'too many wrong tokens', until };
        log.warn('an address is blocked', details);
        recordEvent(deps, {
          type: 'access.blocked',
          user: null,
          uid: null,
          container: null,
          containerId: null,
          details,
        });
      },
    }),
    streams: createOpenStreams(() => settings().streams_per_user),
    openTokens,
    expiryOf: (token) => expiryToTell(token, deps.clock.nowMs()),
  });
  const goOnWith: GateKeepers['goOnWith'] = ({ id, sinceMs, onEnded }) => {
    const token = deps.store.transaction(({ tokens }) => tokens.get(id));
    if (token === null || token.createdAtMs > sinceMs || !stillCounts(deps, token)) return null;
    return openTokens.enter(token, null, onEnded);
  };
  const origins = (): readonly string[] => settings().cors_origins;
  return { identify, bodies: createBodyRooms(), rights, origins, goOnWith };
}

/** Whether somebody is an administrator now, as far as that can be found out. */
async function isAdmin(people: People, uid: number, log: ServerLog): Promise<boolean> {
  try {
    return (await people.personOf(uid, null)).role === 'admin';
  } catch (error) {
    if (isDs01Error(error) && error.code === 'user.unknown') return false;
    log.warn('an administrator is looked for later', { uid, error: String(error) });
    return true;
  }
}

/** The section `server` of the settings, a few seconds old at most. */
function settingsOf(deps: ControlPlaneDependencies): () => SiteSettings['server'] {
  let known: { readonly atMs: number; readonly server: SiteSettings['server'] } | null = null;
  return () => {
    const nowMs = performance.now();
    if (known === null || nowMs - known.atMs >= settingsMs) {
      known = { atMs: nowMs, server: doorSettings(deps) };
    }
    return known.server;
  };
}
