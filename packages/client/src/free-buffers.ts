import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that may pass between two collections. */
const everyBytes = 4 * 1_048_576;

/**
 * Counts bytes that pass through and frees their buffers in time. V8 sees little garbage in a stream
 * of large buffers, lets them pile up and then marks the whole heap, over and over: half of the time
 * of a stream. Collecting only what is young takes a millisecond.
 */
export function createBufferCollector(): (bytes: number) => void {
  let passed = 0;
  let collect: (() => void) | null = null;
  return (bytes) => {
    passed += bytes;
    if (passed < everyBytes) return;
    passed = 0;
    collect ??= minorCollection();
    collect();
  };
}

function minorCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect !== 'function') return () => undefined;
  return () => void Reflect.apply(collect, undefined, [{ type: 'minor' }]);
}
