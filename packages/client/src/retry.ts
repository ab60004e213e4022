import { isDs01Error } from '@ds01/contracts/core';
import type { Answer } from './answer.ts';
import { wasNeverSent } from './unreachable.ts';

/** How often, and how fast, what failed on the way is sent again. */
export interface RetryOptions {
  /** How often it is sent in all. */
  readonly attempts?: number;
  /** Pause after the first failure; each next one is twice as long. */
  readonly firstPauseMs?: number;
  /** Longest pause; a daemon that asks for a longer one is not asked again. */
  readonly longestPauseMs?: number;
}

/** {@link RetryOptions} with nothing left open. */
export interface RetryPolicy extends Required<RetryOptions> {
  /** Longest pause that the daemon may ask for; `longestPauseMs` when left out. */
  readonly longestAskedMs?: number;
}

/** Nothing is sent again. */
export const noRetry: RetryPolicy = { attempts: 1, firstPauseMs: 0, longestPauseMs: 0 };

const usual: RetryPolicy = { attempts: 5, firstPauseMs: 250, longestPauseMs: 10_000 };

/** The policy that options mean. */
export function retryPolicy(options: RetryOptions | false): RetryPolicy {
  return options === false ? noRetry : { ...usual, ...options };
}

/** What came of sending a request once: what was asked for, or a failure. */
export type Outcome<T> = { readonly value: T } | Failure;

/** Why a request came to nothing. */
export interface Failure {
  readonly error: unknown;
  /** What was answered; `null` when nothing was. */
  readonly answer: Pick<Answer, 'status' | 'header'> | null;
}

/**
 * What a repetition can do. `nothing`: the request changes nothing, or carries a key by which the
 * daemon knows it again. `harm`: it might be done twice.
 */
export type RepetitionRisk = 'nothing' | 'harm';

/** Failures of the way, or of a moment: the same request may well succeed. */
const passing: ReadonlySet<string> = new Set(['daemon.busy', 'daemon.unreachable', 'ledger.busy']);

/** Statuses of proxies that didn't reach the daemon, when no error of the daemon's came with them. */
const gatewayStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

/** True when the request may be sent again without risk, and with a chance. */
export function mayRepeat({ error, answer }: Failure, risk: RepetitionRisk): boolean {
  if (!isDs01Error(error) || (!error.retryable && error.code !== 'internal.unexpected'))
    return false;
  // What the daemon has on record stays what it is, once it was read to its end.
  const isReplayed = answer?.header('idempotency-replayed') === 'true' && answer.status >= 400;
  if (isReplayed && error.cause === undefined) return false;
  if (wasNeverSent(error) || error.code === 'rate.limited') return true;
  if (risk === 'harm') return false;
  const isExplained = error.code !== 'internal.unexpected';
  return isExplained ? passing.has(error.code) : gatewayStatuses.has(answer?.status ?? 0);
}

/** How long the daemon asks to wait, by its `Retry-After`; `null` when it doesn't say. */
export function retryAfterMs({ error, answer }: Failure, nowMs: number): number | null {
  const header = answer?.header('retry-after') ?? null;
  if (header !== null) {
    const seconds = Number(header);
    const untilMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000;
    if (!Number.isNaN(untilMs)) return Math.max(0, untilMs);
  }
  const said = isDs01Error(error) ? error.details['retryAfterS'] : undefined;
  return typeof said === 'number' && said >= 0 ? said * 1000 : null;
}

/** Waits; rejects with the signal's reason when it aborts. */
export type Pause = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** Pauses by the clock. */
export const pause: Pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    }, ms);
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('Aborted.', 'AbortError');
}

/** The pause before attempt `attempt + 1`, spread so that many clients don't come back at once. */
export function pauseBefore(attempt: number, policy: RetryPolicy): number {
  const longest = Math.min(policy.longestPauseMs, policy.firstPauseMs * 2 ** (attempt - 1));
  return longest * (0.5 + Math.random() / 2);
}

/**
 * The value of the first attempt that succeeds. Throws the error of the last one: when there were
 * `policy.attempts`, when repeating is no use or not safe, or when the daemon asks for a longer pause
 * than the policy allows.
 */
export async function repeat<T>(
  attempt: () => Promise<Outcome<T>>,
  options: {
    readonly policy: RetryPolicy;
    readonly risk: RepetitionRisk;
    readonly pause: Pause;
    readonly signal: AbortSignal | undefined;
  },
): Promise<T> {
  const { policy, risk, signal } = options;
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    if ('value' in outcome) return outcome.value;
    if (!isDs01Error(outcome.error)) signal?.throwIfAborted();
    const askedMs = retryAfterMs(outcome, Date.now());
    const isLast =
      count >= policy.attempts ||
      signal?.aborted === true ||
      !mayRepeat(outcome, risk) ||
      (askedMs ?? 0) > (policy.longestAskedMs ?? policy.longestPauseMs);
    if (isLast) throw outcome.error;
    await options.pause(askedMs ?? pauseBefore(count, policy), signal);
  }
}
