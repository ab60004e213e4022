import type { ContainerEngine } from '@ds01/ports';

/** How a call of the engine went. */
export interface EngineCall {
  /** Name of the port's function. */
  readonly call: string;
  readonly seconds: number;
  readonly failed: boolean;
}

/**
 * The same engine, telling how long each call took. What gives a stream is told when it begins to flow,
 * not when it ends.
 */
export function timeEngine<Engine extends object = ContainerEngine>(
  engine: Engine,
  onCall: (call: EngineCall) => void,
): Engine {
  const timed = new Map<PropertyKey, unknown>();
  return new Proxy(engine, {
    get(target, name) {
      const known = timed.get(name);
      if (known !== undefined) return known;
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      const call = String(name);
      const run = (...given: readonly unknown[]): unknown => {
        const startedMs = performance.now();
        const result: unknown = Reflect.apply(found, target, given);
        if (!(result instanceof Promise)) return result;
        const tell = (failed: boolean): void =>
          onCall({ call, seconds: (performance.now() - startedMs) / 1000, failed });
        result.then(
          () => tell(false),
          () => tell(true),
        );
        return result;
      };
      timed.set(name, run);
      return run;
    },
  });
}
