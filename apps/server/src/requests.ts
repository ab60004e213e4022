import { createRequestIds } from './request-ids.ts';

/** A request that is under way. */
export interface RunningRequest {
  readonly id: string;
  /** Aborted by its person, by a broken connection, or when the daemon ends. */
  readonly signal: AbortSignal;
  /** With what its client is to be told, if there is something. */
  abort(reason?: Error): void;
  /** Says whose it is, once that is known. */
  ownedBy(uid: number): void;
  /** From now on the end of its connection doesn't abort it. */
  detach(): void;
  /** Its connection ended: it is undone, unless it goes on without. */
  disconnected(): void;
  /** From now on it only watches: it keeps nobody from being quiet. */
  watch(): void;
  /** Counts it as under way until the function that it gives was called, whatever else ends. */
  hold(): () => void;
  /** Its answer is over: it is forgotten, unless it is held. */
  end(): void;
}

/** Requests that are under way. */
export interface Requests {
  begin(): RunningRequest;
  /** Aborts a request of this uid, or only looks for it; false when there is none. */
  cancel(id: string, uid: number, options: { readonly dryRun: boolean }): boolean;
  /** Aborts all, with what their clients are to be told. */
  abortAll(reason: Error): void;
  /** Resolves when none is under way. */
  idle(): Promise<void>;
  /** Resolves when none is under way but those that only watch. */
  quiet(): Promise<void>;
  readonly count: number;
}

interface Entry {
  uid: number | null;
  readonly controller: AbortController;
  holders: number;
  watches: boolean;
}

/** An error with a stack for each connection that ends would cost more than most answers. */
const disconnected = new DOMException('The connection ended.', 'AbortError');

/** An empty list of requests. */
export function createRequests(): Requests {
  const running = new Map<string, Entry>();
  const nextId = createRequestIds();
  const waiting: (() => void)[] = [];
  const waitingForQuiet: (() => void)[] = [];
  const isQuiet = (): boolean => [...running.values()].every(({ watches }) => watches);
  const tell = (): void => {
    if (waiting.length > 0 && running.size === 0)
      for (const resolve of waiting.splice(0)) resolve();
    if (waitingForQuiet.length === 0 || !isQuiet()) return;
    for (const resolve of waitingForQuiet.splice(0)) resolve();
  };
  return {
    begin() {
      const id = nextId();
      const controller = new AbortController();
      const entry: Entry = { uid: null, controller, holders: 1, watches: false };
      running.set(id, entry);
      const hold = (): (() => void) => {
        let held = true;
        entry.holders += 1;
        return () => {
          if (held) release();
          held = false;
        };
      };
      const release = (): void => {
        entry.holders -= 1;
        if (entry.holders > 0) return;
        running.delete(id);
        tell();
      };
      let ended = false;
      let isDetached = false;
      return {
        id,
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        ownedBy: (uid) => {
          entry.uid = uid;
        },
        detach: () => {
          isDetached = true;
        },
        disconnected: () => {
          if (!isDetached) controller.abort(disconnected);
        },
        watch: () => {
          entry.watches = true;
          tell();
        },
        hold,
        end: () => {
          if (!ended) release();
          ended = true;
        },
      };
    },
    cancel(id, uid, { dryRun }) {
      const found = running.get(id);
      if (found === undefined || found.uid !== uid) return false;
      if (!dryRun) found.controller.abort();
      return true;
    },
    abortAll: (reason) => {
      for (const { controller } of running.values()) controller.abort(reason);
    },
    idle: () =>
      running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    quiet: () =>
      isQuiet() ? Promise.resolve() : new Promise((resolve) => waitingForQuiet.push(resolve)),
    get count() {
      return running.size;
    },
  };
}
