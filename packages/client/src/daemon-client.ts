import type { CallId, RouteInput, RouteOutput, StreamId } from '@ds01/contracts';
import type { EventView } from '@ds01/contracts/lifecycle';
import type { OperationView, QueueEntryView, UploadId } from '@ds01/contracts/service';
import type { ApiOptions, LogChunk } from '@ds01/ports';
import type { UploadBody } from './answer.ts';
import type { RetryOptions } from './retry.ts';

/** What every call takes besides its input. */
export interface CallOptions extends ApiOptions {
  /**
   * By this the daemon knows a repeated request again, whoever sends it: it is done once, and answered
   * the same each time. Without one, each call that may be repeated gets its own.
   */
  readonly idempotencyKey?: string | undefined;
  /** Instead of what the client was made with. */
  readonly retry?: RetryOptions | false | undefined;
}

/** One record of `operations.follow`: a line of progress, or the operation at its end. */
export type OperationLine =
  | { readonly line: number; readonly progress: string }
  | { readonly line: number; readonly operation: OperationView };

/** One line that a container printed; of a very long one, a part. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** Without its end. */
  readonly line: string;
}

/** What can be followed, and the records that come. */
export interface FollowedRecords {
  readonly 'containers.logs': LogLine;
  readonly 'events.follow': EventView;
  readonly 'operations.follow': OperationLine;
  readonly 'queue.follow': QueueEntryView;
}

/** Streams of records that can be gone on with after a broken connection. */
export type FollowId = keyof FollowedRecords;

/** Lists that come in pages. */
export type PagedId = {
  [Id in CallId]: 'nextCursor' extends keyof RouteOutput<Id> ? Id : never;
}[CallId];

/** How to wait for long work. */
export interface WaitOptions {
  /** Aborting undoes the work; its end is still waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Its lines of progress, from the first. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/**
 * The operations of a daemon, as Node and browsers have them. Every failure is a DS01 error: the
 * daemon's own, decoded, or `daemon.unreachable`.
 */
export interface DaemonClient {
  /**
   * One operation and its document. Slow ones tell their progress. What failed on the way is sent again
   * as far as `retry` allows and it can't happen twice: what changes nothing, and what carries a key.
   */
  call<Id extends CallId>(
    id: Id,
    input: RouteInput<Id>,
    options?: CallOptions,
  ): Promise<RouteOutput<Id>>;
  /**
   * Begins an operation that goes on without its caller, and resolves with it as it stands then. A
   * refusal before it began is thrown; what happens later is in `operations.show`.
   */
  begin<Id extends CallId>(
    id: Id,
    input: RouteInput<Id>,
    options?: CallOptions,
  ): Promise<OperationView>;
  /**
   * Waits for long work to succeed, through broken connections and restarts of the daemon. Throws what
   * it failed with, and `operation.interrupted` when it was cancelled.
   */
  waitForOperation(id: string, options?: WaitOptions): Promise<OperationView>;
  /** Sends bytes that long work begins with. Only bytes that are there as a whole are sent again. */
  upload<Id extends UploadId>(
    id: Id,
    input: RouteInput<Id>,
    body: UploadBody,
    options?: CallOptions,
  ): Promise<OperationView>;
  /** Output as it comes, once, until its end; an aborted signal ends it quietly. */
  stream<Id extends StreamId>(
    id: Id,
    input: RouteInput<Id>,
    options?: ApiOptions,
  ): Promise<AsyncIterable<LogChunk>>;
  /**
   * Records as they come. A broken connection, or one that fell silent, is made again and goes on after
   * the last record: none is missed, none comes twice. Ends with what is followed, quietly when the
   * signal aborts, and with `daemon.unreachable` when the daemon stays away for minutes.
   */
  follow<Id extends FollowId>(
    id: Id,
    input: RouteInput<Id>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<FollowedRecords[Id]>;
  /** The pages of a list, one request each, as they are asked for; `input.limit` is their length. */
  pages<Id extends PagedId>(
    id: Id,
    input: Omit<RouteInput<Id>, 'cursor'>,
    options?: CallOptions,
  ): AsyncGenerator<RouteOutput<Id>>;
  /** Ends idle connections. */
  close(): void;
}
