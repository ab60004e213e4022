/** One call that a process made of a port. */
export interface PortCall {
  /** From 0, in the order of the calls. */
  readonly index: number;
  /** `engine.createContainer`, for one. */
  readonly label: string;
  readonly phase: 'before' | 'after';
}

/**
 * Sees every call of a process twice and may stop it: `die` is kill -9 at that moment, an error is
 * what the caller gets instead of an answer.
 */
export type Fault = (call: PortCall) => Error | 'die' | undefined | Promise<undefined>;

/** Thrown by synchronous calls of a dead process, which have no other way not to come back. */
class Killed extends Error {}

/** Calls that answer bit by bit. */
const streams: ReadonlySet<string> = new Set(['engine.buildImage', 'engine.logs', 'engine.events']);

/** Questions that nothing is asked for. */
const answersAtOnce: ReadonlySet<string> = new Set(['cgroups.isForBuilds']);

/** The calls of one process. */
export interface Lifeline {
  readonly calls: readonly string[];
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>;
  /** Stops the process as SIGSTOP does: its calls and timers wait until it goes on. */
  freeze(): void;
  thaw(): void;
  /** Resolves while the process isn't frozen. */
  awake(): Promise<void>;
  /** Wraps a port so that each of its calls is seen, and none works once the process is dead. */
  guard<T extends object>(name: string, port: T, kind: 'sync' | 'async'): T;
}

/** The lifeline of a new process. */
export function createLifeline(fault: Fault): Lifeline {
  const calls: string[] = [];
  const { promise: killed, resolve } = Promise.withResolvers<void>();
  let dead = false;
  let frozen: PromiseWithResolvers<void> | null = null;

  const die = (): void => {
    dead = true;
    resolve();
  };
  const syncCall = (label: string, run: () => unknown): unknown => {
    if (dead) throw new Killed(label);
    const index = calls.push(label) - 1;
    const obey = (phase: PortCall['phase']): void => {
      const order = fault({ index, label, phase });
      if (order instanceof Error) throw order;
      if (order !== 'die') return;
      die();
      throw new Killed(label);
    };
    obey('before');
    const result = run();
    // The transaction's work itself may have been killed.
    if (dead) throw new Killed(label);
    obey('after');
    return result;
  };
  const asyncCall = async (label: string, run: () => unknown): Promise<unknown> => {
    await frozen?.promise;
    if (dead) return new Promise(() => undefined);
    const index = calls.push(label) - 1;
    const obey = async (phase: PortCall['phase']): Promise<boolean> => {
      const order = await fault({ index, label, phase });
      if (order instanceof Error) throw order;
      if (order === 'die') die();
      return dead;
    };
    if (await obey('before')) return new Promise(() => undefined);
    // A call may fail by itself; there is a moment after it all the same.
    const [settled] = await Promise.allSettled([run()]);
    await frozen?.promise;
    if (dead || (await obey('after'))) return new Promise(() => undefined);
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  };
  /** A connection of a dead process is closed: what comes through it ends there. */
  async function* itemsCall(
    label: string,
    run: () => AsyncIterable<unknown>,
  ): AsyncGenerator<unknown> {
    const forever = new Promise<never>(() => undefined);
    await frozen?.promise;
    if (dead) await forever;
    const index = calls.push(label) - 1;
    const obey = async (phase: PortCall['phase']): Promise<void> => {
      const order = await fault({ index, label, phase });
      if (order instanceof Error) throw order;
      if (order === 'die') die();
      if (dead) await forever;
    };
    await obey('before');
    for await (const item of run()) {
      await frozen?.promise;
      if (dead) break;
      yield item;
    }
    if (dead) await forever;
    await obey('after');
  }

  return {
    calls,
    killed,
    freeze: () => {
      frozen = Promise.withResolvers();
    },
    thaw: () => {
      frozen?.resolve();
      frozen = null;
    },
    awake: async () => {
      await frozen?.promise;
    },
    guard: (name, port, kind) =>
      new Proxy(port, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== 'function') return value;
          const label = `${name}.${String(key)}`;
          if (answersAtOnce.has(label)) return value;
          return (...given: unknown[]): unknown => {
            const run = (): unknown => Reflect.apply(value, target, given);
            if (streams.has(label)) {
              return itemsCall(label, () => run() as AsyncIterable<unknown>);
            }
            return kind === 'sync' ? syncCall(label, run) : asyncCall(label, run);
          };
        },
      }),
  };
}

/** No fault at all. */
export const noFault: Fault = () => undefined;
