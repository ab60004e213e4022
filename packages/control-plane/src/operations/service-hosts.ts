import type { QueueEntryView } from '@ds01/contracts/service';
import type { SchedulerDecision } from '@ds01/scheduler';

/** The queue of a daemon, as operations see it. Without one nobody can wait. */
export interface QueueLoop {
  /** Something changed that may let somebody start, or what is known of waiting requests. */
  wake(): void;
  /** What the rules said last; `null` while it isn't known what is free. */
  latest(): SchedulerDecision | null;
  /**
   * A waiting request as its person sees it, now and each time something about it changes, its end
   * last. Ends early, without an error, when the signal aborts. Fails with `queue.not-found`.
   */
  follow(id: string, signal: AbortSignal): AsyncIterable<QueueEntryView>;
  /**
   * Somebody is there for a request, until the function that it gives is called: what is granted to it
   * is claimed at once, and nobody has to be told.
   */
  attend(id: string): () => void;
}

/** Long work of a daemon that is under way. */
export interface WorkUnderWay {
  /** Undoes it; false when it isn't under way. A dry run only looks. */
  cancel(id: string, options: { readonly dryRun: boolean }): boolean;
  /** How many lines of progress there are, and the last; `null` when it isn't under way. */
  progress(id: string): { readonly lines: number; readonly progress: string | null } | null;
  /** Lines of progress after one, then nothing more; ends with the work. */
  follow(
    id: string,
    afterLine: number,
    signal: AbortSignal | undefined,
  ): AsyncIterable<{ readonly line: number; readonly progress: string }>;
}

/** Metrics in the text format of Prometheus (OpenMetrics' predecessor, version 0.0.4). */
export type MetricsText = () => Promise<string>;
