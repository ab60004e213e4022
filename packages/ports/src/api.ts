import type {
  CallId,
  RouteInput,
  RouteOutput,
  SessionId,
  SessionSignal,
  StreamId,
} from '@ds01/contracts';
import type { EngineSession, LogChunk } from './engine.ts';

/** What every operation takes besides its input. */
export interface ApiOptions {
  /** Aborting undoes what was half done; the operation then fails with `operation.interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** One line about what is going on, for people who wait. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Change nothing, say what would happen. */
  readonly dryRun?: boolean | undefined;
}

/** A running process, connected. */
export interface ApiSession extends Omit<EngineSession, 'signal'> {
  /** Sends a signal to the process; one that ended is fine. */
  signal(name: SessionSignal): Promise<void>;
}

/**
 * The operations of DS01 as one person may use them: in this process (embedded), or through the
 * daemon. Every failure is a DS01 error.
 */
export interface Api {
  call<Id extends CallId>(
    id: Id,
    input: RouteInput<Id>,
    options?: ApiOptions,
  ): Promise<RouteOutput<Id>>;
  /** Connects with a process. Fails before the process runs, or not at all. */
  session<Id extends SessionId>(
    id: Id,
    input: RouteInput<Id>,
    options?: ApiOptions,
  ): Promise<ApiSession>;
  stream<Id extends StreamId>(
    id: Id,
    input: RouteInput<Id>,
    options?: ApiOptions,
  ): Promise<AsyncIterable<LogChunk>>;
}
