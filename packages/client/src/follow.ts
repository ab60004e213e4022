import { errorOfProblem } from '@ds01/contracts/core';
import type { Answer } from './answer.ts';
import { parsedOrNull, understood } from './answers.ts';
import { openStream, pauseOf, recordOf, type Asking } from './ask.ts';
import type { DaemonClient, FollowedRecords, FollowId } from './daemon-client.ts';
import { createFollowedKinds } from './followed-kinds.ts';
import { loadSchemas } from './load-schemas.ts';
import { mayRepeat, pauseBefore, type RetryPolicy } from './retry.ts';
import { eventsMediaType, serverEventsOf, type ServerEvent } from './server-events.ts';

/**
 * A daemon that is being restarted lets requests end first, which may take a while; whoever follows wants
 * to go on soon after.
 */
const patient: RetryPolicy = {
  attempts: 100,
  firstPauseMs: 250,
  longestPauseMs: 2000,
  longestAskedMs: 120_000,
};

/** The daemon says that it is there every 15 s; one that says nothing for so long is not. */
const longestSilenceMs = 60_000;

/**
 * Records as they come, across broken connections, each once. The position is the id of the last
 * event, which the daemon gets as `Last-Event-ID`.
 */
export async function* follow<Id extends FollowId>(
  asking: Asking,
  client: Pick<DaemonClient, 'call'>,
  followed: {
    readonly id: Id;
    readonly input: unknown;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<FollowedRecords[Id]> {
  const { id, signal } = followed;
  const policy = policyOf(asking);
  const kind = createFollowedKinds(await loadSchemas())[id];
  let input = recordOf(followed.input);
  let lastId: string | null = null;
  let failures = 0;
  try {
    if (id === 'containers.logs') input = { follow: true, ...input };
    if (id === 'events.follow') input = await withBeginning(client, input, signal);
    for (;;) {
      const position: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
      const headers = { accept: eventsMediaType, ...position };
      const answer = await openStream(asking, { id, input, headers, policy, signal });
      try {
        for await (const event of eventsIn(answer, asking.longestSilenceMs)) {
          lastId = event.lastId ?? lastId;
          failures = 0;
          if (event.type === 'end') return;
          if (event.type === 'problem') throw await errorIn(event.data);
          const record = kind.read(event);
          yield record;
          if (kind.isLast(record)) return;
        }
      } catch (error) {
        if (signal?.aborted === true) return;
        if (!mayRepeat({ error, answer }, 'nothing')) throw error;
        failures += 1;
        if (failures >= policy.attempts) throw error;
      }
      await pauseOf(asking, id)(pauseBefore(Math.max(1, failures), policy), signal);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** As patient with every client, and as fast as it was told to be. */
function policyOf({ options: { retry } }: Asking): RetryPolicy {
  const given = typeof retry === 'object' ? retry.firstPauseMs : undefined;
  return given === undefined ? patient : { ...patient, firstPauseMs: given };
}

/** What is new from now on, whatever becomes of the first connection. */
async function withBeginning(
  client: Pick<DaemonClient, 'call'>,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const { afterId = null, sinceMs = null, ...filter } = input;
  if (afterId !== null || sinceMs !== null) return input;
  const { events } = await client.call('events.list', { ...filter, limit: 1 }, { signal });
  return { ...filter, afterId: events[0]?.id ?? 0 };
}

/** The events of an answer; one that falls silent is given up. */
async function* eventsIn(
  answer: Answer,
  silenceMs = longestSilenceMs,
): AsyncGenerator<ServerEvent> {
  const giveUp = (): void => answer.discard();
  let timer = setTimeout(giveUp, silenceMs);
  const heard = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of answer.body) {
      clearTimeout(timer);
      yield bytes;
      // Only while it is waited for: whoever reads slowly is not to lose the connection.
      timer = setTimeout(giveUp, silenceMs);
    }
  };
  try {
    yield* serverEventsOf(heard());
  } finally {
    clearTimeout(timer);
    answer.discard();
  }
}

async function errorIn(data: string): Promise<Error> {
  const { problemSchema } = await loadSchemas();
  return errorOfProblem(understood(problemSchema.safeParse(parsedOrNull(data))));
}
