import { countedAddress } from './doors.ts';
import { tooMany } from './floods.ts';

/** Tries of wrong tokens by the address that they come from. */
export interface WrongTokens {
  /**
   * Refuses an address that is blocked, with `rate.limited`, before its token is looked at. Who came
   * from there with this very token before goes on: others at the same address can't shut them out.
   */
  refuseBlocked(address: string, tokenHash: string | null): void;
  /** Counts a wrong token. */
  wrong(address: string): void;
  /** Remembers that a token was right. */
  right(address: string, tokenHash: string): void;
}

interface Tries {
  sinceMs: number;
  wrong: number;
  blockedUntilMs: number | null;
  readonly right: Set<string>;
}

const windowMs = 60_000;
const blockMs = 60_000;
/** Addresses, and tokens of one address, that are remembered. */
const mostAddresses = 10_000;
const mostTokens = 256;

/** Nobody has tried yet. */
export function createWrongTokens(deps: {
  readonly perMinute: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Told once when an address is blocked. */
  readonly onBlocked: (address: string, forMs: number) => void;
}): WrongTokens {
  const known = new Map<string, Tries>();
  const triesOf = (address: string): Tries => {
    const key = countedAddress(address);
    const tries = known.get(key) ?? {
      sinceMs: deps.nowMs(),
      wrong: 0,
      blockedUntilMs: null,
      right: new Set<string>(),
    };
    // Moved to the end: the first of the map is who was seen longest ago.
    known.delete(key);
    known.set(key, tries);
    const [oldest] = known.keys();
    if (known.size > mostAddresses && oldest !== undefined) known.delete(oldest);
    return tries;
  };
  return {
    refuseBlocked(address, tokenHash) {
      const tries = known.get(countedAddress(address));
      if (tries === undefined || tries.blockedUntilMs === null) return;
      const leftMs = tries.blockedUntilMs - deps.nowMs();
      if (leftMs <= 0 || (tokenHash !== null && tries.right.has(tokenHash))) return;
      throw tooMany(Math.ceil(leftMs / 1000), 'Too many wrong tokens came from this address.');
    },
    wrong(address) {
      const tries = triesOf(address);
      const nowMs = deps.nowMs();
      if (nowMs - tries.sinceMs >= windowMs) {
        tries.sinceMs = nowMs;
        tries.wrong = 0;
      }
      tries.wrong += 1;
      if (tries.wrong < deps.perMinute()) return;
      tries.blockedUntilMs = nowMs + blockMs;
      tries.wrong = 0;
      tries.sinceMs = nowMs;
      deps.onBlocked(address, blockMs);
    },
    right(address, tokenHash) {
      const { right } = triesOf(address);
      if (right.size >= mostTokens) right.clear();
      right.add(tokenHash);
    },
  };
}
