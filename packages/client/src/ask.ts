import type { CallId, RouteId, StreamId } from '@ds01/contracts';
import { progressMediaType, routeHeads, wireHeaders } from '@ds01/contracts/core';
import { isFine, type Answer, type Transport } from './answer.ts';
import { readDocument, readError } from './answers.ts';
import type { CallOptions } from './daemon-client.ts';
import type { CallerOptions } from './options.ts';
import {
  repeat,
  retryPolicy,
  type Outcome,
  type Pause,
  type RepetitionRisk,
  type RetryPolicy,
} from './retry.ts';
import { encodeRequest } from './wire-request.ts';

/** What requests are made with. */
export interface Asking {
  readonly transport: Transport;
  readonly options: CallerOptions;
  /** Waits between attempts. */
  readonly pause: Pause;
  /** How long a stream of records may say nothing, not even that it is there; a minute when left out. */
  readonly longestSilenceMs?: number;
}

/** The document of an answer, and its head. */
export interface Asked {
  readonly document: unknown;
  readonly answer: Answer;
}

/** How often a request is sent, by what the call or the client says. */
export function policyFor({ options }: Asking, { retry }: CallOptions): RetryPolicy {
  return retryPolicy(retry ?? options.retry ?? {});
}

/** Whether a request is to change nothing. */
export function isDry({ options }: Asking, { dryRun }: CallOptions): boolean {
  return dryRun ?? options.dryRun ?? false;
}

/** 128 random bits: no two calls have the same. */
export function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** To cancel twice is to cancel. */
const undoing: ReadonlySet<RouteId> = new Set(['requests.cancel', 'operations.cancel']);

/**
 * Sends one call, again where it failed on the way and can't happen twice. With `later`, or with a key
 * for what takes long, it goes on without this connection, and the document may be an operation (202).
 */
export async function ask(
  asking: Asking,
  call: { readonly id: CallId; readonly input: unknown; readonly later?: boolean },
  given: CallOptions,
): Promise<Asked> {
  const { id, input, later = false } = call;
  const { signal } = given;
  signal?.throwIfAborted();
  const route = routeHeads[id];
  const dryRun = isDry(asking, given);
  const policy = policyFor(asking, given);
  const changes = route.mutates && !dryRun && !undoing.has(id);
  const key =
    given.idempotencyKey ?? (changes && (later || policy.attempts > 1) ? createKey() : null);
  const isDetached = later || (route.slow && changes && key !== null);
  const showsProgress = route.slow && !isDetached;
  const wanted = {
    ...encodeRequest(id, recordOf(input), { dryRun }),
    headers: {
      accept: showsProgress ? progressMediaType : 'application/json',
      ...(isDetached ? { prefer: 'respond-async' } : {}),
      ...(key === null ? {} : { 'idempotency-key': key }),
    },
    // What takes long is undone by asking for it; a cut connection would leave it to chance.
    ...(route.slow ? {} : { signal }),
  };
  const attempt = async (): Promise<Outcome<Asked>> => {
    let answer: Answer | null = null;
    let stop: () => void = () => undefined;
    try {
      answer = await asking.transport.send(wanted);
      if (showsProgress) stop = cancelOnAbort(asking.transport, answer, signal);
      const readable = isUnready(id, answer) ? { ...answer, status: 200 } : answer;
      return { value: { document: await readDocument(readable, given.onProgress), answer } };
    } catch (error) {
      return { error, answer };
    } finally {
      stop();
    }
  };
  const risk: RepetitionRisk = changes && key === null ? 'harm' : 'nothing';
  return repeat(attempt, { policy, risk, pause: pauseOf(asking, id), signal });
}

/** The head of an answer whose body is then read as it comes. */
export async function openStream(
  asking: Asking,
  stream: {
    readonly id: StreamId;
    readonly input: unknown;
    readonly dryRun?: boolean;
    readonly headers: Readonly<Record<string, string>>;
    readonly policy: RetryPolicy;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Answer> {
  const { id, input, headers, policy, signal, dryRun = false } = stream;
  const wanted = { ...encodeRequest(id, recordOf(input), { dryRun }), headers, signal };
  const attempt = async (): Promise<Outcome<Answer>> => {
    let answer: Answer | null = null;
    try {
      answer = await asking.transport.send(wanted);
      if (isFine(answer)) return { value: answer };
      return { error: await readError(answer), answer };
    } catch (error) {
      return { error, answer };
    }
  };
  return repeat(attempt, { policy, risk: 'nothing', pause: pauseOf(asking, id), signal });
}

/** Pauses that are logged. */
export function pauseOf({ pause, options }: Asking, id: RouteId): Pause {
  return (ms, signal) => {
    options.logger?.debug('a request is sent again', { operation: id, inMs: Math.round(ms) });
    return pause(ms, signal);
  };
}

/** An input as the fields that it consists of. */
export function recordOf(input: unknown): Readonly<Record<string, unknown>> {
  return { ...(input as Record<string, unknown>) };
}

/** `daemon.ready` answers 503 with its document, not with a problem. */
function isUnready(id: CallId, { status, header }: Answer): boolean {
  const type = header('content-type') ?? '';
  return id === 'daemon.ready' && status === 503 && type.startsWith('application/json');
}

/** Ctrl-C: the daemon is asked to undo, and its answer is awaited. */
function cancelOnAbort(
  transport: Transport,
  answer: Answer,
  signal: AbortSignal | undefined,
): () => void {
  const id = answer.header(wireHeaders.requestId);
  if (signal === undefined || id === null) return () => undefined;
  const cancel = (): void => {
    const wanted = encodeRequest('requests.cancel', { id }, {});
    transport.send({ ...wanted, headers: {} }).then(
      (said) => said.discard(),
      () => answer.discard(),
    );
  };
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
