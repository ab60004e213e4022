import type { Socket } from 'node:net';

/** Connections on which something is used that may stop counting: a token, a right. */
export interface OpenUses<Used> {
  /**
   * Notes a request until the function that it gives was called; `onEnded` is for what goes on without
   * its connection, and may have none.
   */
  enter(used: Used, socket: Socket | null, onEnded?: () => void): () => void;
  /**
   * Ends the connections of what counts no longer, those of requests that don't end by being told
   * `onEnded` in time. One look at a time: a slow one isn't begun anew.
   */
  check(): Promise<void>;
}

interface Use<Used> {
  readonly used: Used;
  readonly socket: Socket | null;
  readonly onEnded: (() => void) | undefined;
}

/**
 * Nothing is being used. A look at the beginning alone would let streams and sessions go on for days;
 * what has the same key is looked at once. `farewellMs` is for answers that say why they end.
 */
export function createOpenUses<Used>(
  keyOf: (used: Used) => string,
  counts: (used: Used) => boolean | Promise<boolean>,
  farewellMs = 0,
): OpenUses<Used> {
  const uses = new Set<Use<Used>>();
  let checking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const answers = new Map<string, boolean>();
    for (const use of uses) {
      const { used, socket, onEnded } = use;
      const key = keyOf(used);
      const known = answers.get(key) ?? (await counts(used));
      answers.set(key, known);
      if (known) continue;
      onEnded?.();
      if (farewellMs === 0) socket?.destroy();
      else setTimeout(() => void (uses.has(use) && socket?.destroy()), farewellMs).unref();
    }
  };
  return {
    enter(used, socket, onEnded) {
      const use = { used, socket, onEnded };
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
