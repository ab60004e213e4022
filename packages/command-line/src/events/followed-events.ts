import { setTimeout as pause } from 'node:timers/promises';
import type { RouteInput } from '@ds01/contracts';
import { isDs01Error } from '@ds01/contracts/core';
import type { EventView } from '@ds01/contracts/lifecycle';
import { linesOf } from './lines-of.ts';

/** Opens a stream of events, a line of JSON each. */
export type OpenFollow = (
  input: RouteInput<'events.follow'>,
) => Promise<AsyncIterable<{ readonly bytes: Uint8Array }>>;

const retryMs = 1000;
/** How long a daemon may be away. */
const patienceMs = 60_000;

/**
 * Events as they come until the signal aborts. While the daemon is being restarted it waits, and goes
 * on after the last event that it had: none is missed, none comes twice.
 */
export async function* followedEvents(options: {
  readonly open: OpenFollow;
  readonly from: RouteInput<'events.follow'>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}): AsyncGenerator<EventView> {
  const { open, signal, say } = options;
  const { eventSchema } = await import('@ds01/contracts/lifecycle');
  let { from } = options;
  let awaySince: number | null = null;
  while (!signal.aborted) {
    try {
      for await (const line of linesOf(await open(from))) {
        const event = eventSchema.parse(JSON.parse(line));
        awaySince = null;
        from = { ...from, afterId: event.id, sinceMs: null };
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      const isAway = isDs01Error(error) && /^daemon\.(?:unreachable|busy)$/.test(error.code);
      if (!isAway) throw error;
      if (awaySince === null) say('the daemon does not answer; waiting for it');
      awaySince ??= performance.now();
      if (performance.now() - awaySince > patienceMs) throw error;
    }
    await pause(retryMs, undefined, { signal }).catch(() => undefined);
  }
}
