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

/** An error with a stack for each connection that ends would cost more than most answers. */
const disconnected = new DOMException('The connection ended.', 'AbortError');

/** What is told of each request. */
interface Listener {
  /** Nobody holds it any longer. */
  readonly onOver: (id: string) => void;
  readonly onWatch: () => void;
}

/** One record each, and a signal only for who asks for it: there are many, and most are short. */
class Running implements RunningRequest {
  readonly id: string;
  readonly #listener: Listener;
  #controller: AbortController | null = null;
  #holders = 1;
  #isEnded = false;
  #isDetached = false;
  uid: number | null = null;
  watches = false;

  constructor(id: string, listener: Listener) {
    this.id = id;
    this.#listener = listener;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason?: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  ownedBy(uid: number): void {
    this.uid = uid;
  }

  detach(): void {
    this.#isDetached = true;
  }

  disconnected(): void {
    if (!this.#isDetached) this.abort(disconnected);
  }

  watch(): void {
    this.watches = true;
    this.#listener.onWatch();
  }

  hold(): () => void {
    let held = true;
    this.#holders += 1;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  end(): void {
    if (!this.#isEnded) this.#release();
    this.#isEnded = true;
  }

  #release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#listener.onOver(this.id);
  }
}

/** An empty list of requests. */
export function createRequests(): Requests {
  const running = new Map<string, Running>();
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
  const listener: Listener = {
    onOver: (id) => {
      running.delete(id);
      tell();
    },
    onWatch: tell,
  };
  return {
    begin() {
      const begun = new Running(nextId(), listener);
      running.set(begun.id, begun);
      return begun;
    },
    cancel(id, uid, { dryRun }) {
      const found = running.get(id);
      if (found === undefined || found.uid !== uid) return false;
      if (!dryRun) found.abort();
      return true;
    },
    abortAll: (reason) => {
      for (const one of running.values()) one.abort(reason);
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
