import { randomBytes } from 'node:crypto';

/** A request that is under way. */
export interface RunningRequest {
  readonly id: string;
  /** Aborted by its person, by a broken connection, or when the daemon ends. */
  readonly signal: AbortSignal;
  /** With what its client is to be told, if there is something. */
  abort(reason?: Error): void;
  /** Says whose it is, once that is known. */
  ownedBy(uid: number): void;
  /** Forgets it. */
  end(): void;
}

/** Requests that are under way. */
export interface Requests {
  begin(): RunningRequest;
  /** Aborts a request of this uid, or only looks for it; false when there is none. */
  cancel(id: string, uid: number, options: { readonly dryRun: boolean }): boolean;
  abortAll(): void;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
  readonly count: number;
}

/** An empty list of requests. */
export function createRequests(): Requests {
  const running = new Map<string, { uid: number | null; readonly controller: AbortController }>();
  const waiting: (() => void)[] = [];
  return {
    begin() {
      const id = randomBytes(8).toString('hex');
      const controller = new AbortController();
      const entry = { uid: null as number | null, controller };
      running.set(id, entry);
      return {
        id,
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        ownedBy: (uid) => {
          entry.uid = uid;
        },
        end: () => {
          running.delete(id);
          if (running.size === 0) for (const resolve of waiting.splice(0)) resolve();
        },
      };
    },
    cancel(id, uid, { dryRun }) {
      const found = running.get(id);
      if (found === undefined || found.uid !== uid) return false;
      if (!dryRun) found.controller.abort();
      return true;
    },
    abortAll: () => {
      for (const { controller } of running.values()) controller.abort();
    },
    idle: () =>
      running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    get count() {
      return running.size;
    },
  };
}
