import { ds01Error } from '@ds01/contracts';
import type { ContainerEngine } from '@ds01/ports';

/** A call of the engine, just before it takes effect or just after. */
export interface EngineCall {
  readonly name: keyof ContainerEngine;
  readonly args: readonly unknown[];
  readonly phase: 'before' | 'after';
}

/**
 * Sees every call twice. Throwing before means that it never happened; throwing after means that it
 * happened and the caller never learned.
 */
export type EngineCallHook = (call: EngineCall) => void | Promise<void>;

/** Makes each call countable and breakable. */
export interface CallPoints {
  readonly calls: ReadonlyMap<string, number>;
  readonly setHook: (hook: EngineCallHook | null) => void;
  readonly around: <T>(
    name: keyof ContainerEngine,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
    work: () => T | Promise<T>,
  ) => Promise<T>;
  /** For streams: before the first item, and after the last. */
  readonly aroundItems: <T>(
    name: keyof ContainerEngine,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
    work: () => AsyncIterable<T>,
  ) => AsyncGenerator<T>;
}

/** Call points; `check` runs before each call and may throw. */
export function createCallPoints(check: () => void): CallPoints {
  const calls = new Map<string, number>();
  let hook: EngineCallHook | null = null;

  async function enter(
    name: keyof ContainerEngine,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    calls.set(name, (calls.get(name) ?? 0) + 1);
    if (signal?.aborted === true) {
      throw ds01Error('operation.interrupted', { message: `Interrupted before ${name}.` });
    }
    await hook?.({ name, args, phase: 'before' });
    check();
  }

  return {
    calls,
    setHook(next) {
      hook = next;
    },
    async around(name, args, signal, work) {
      await enter(name, args, signal);
      const result = await work();
      await hook?.({ name, args, phase: 'after' });
      return result;
    },
    async *aroundItems(name, args, signal, work) {
      if (signal?.aborted === true) return;
      await enter(name, args, signal);
      yield* work();
      await hook?.({ name, args, phase: 'after' });
    },
  };
}
