import type { Socket } from 'node:net';
import type { TokenRecord } from '@ds01/ports';

/** Connections on which a token is being used. */
export interface OpenTokens {
  /**
   * Notes a request with a token until the function that it gives was called; `onEnded` is for what goes
   * on without its connection, and may have none.
   */
  enter(token: TokenRecord, socket: Socket | null, onEnded?: () => void): () => void;
  /** Ends the connections of tokens that count no longer. One look at a time: a slow one isn't begun anew. */
  check(): Promise<void>;
}

interface Use {
  readonly token: TokenRecord;
  readonly socket: Socket | null;
  readonly onEnded: (() => void) | undefined;
}

/**
 * No token is being used. A token that is revoked, expires or loses its account ends what was begun
 * with it, too: streams and sessions would go on for days.
 */
export function createOpenTokens(
  counts: (token: TokenRecord) => boolean | Promise<boolean>,
): OpenTokens {
  const uses = new Set<Use>();
  let checking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const answers = new Map<string, boolean>();
    for (const { token, socket, onEnded } of uses) {
      const key = `${token.id} ${token.hash}`;
      const known = answers.get(key) ?? (await counts(token));
      answers.set(key, known);
      if (known) continue;
      onEnded?.();
      socket?.destroy();
    }
  };
  return {
    enter(token, socket, onEnded) {
      const use = { token, socket, onEnded };
      uses.add(use);
      return () => {
        uses.delete(use);
      };
    },
    check() {
      checking ??= look().finally(() => {
        checking = null;
      });
      return checking;
    },
  };
}
