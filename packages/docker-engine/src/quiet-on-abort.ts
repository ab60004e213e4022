import { isDs01Error } from '@ds01/contracts';

/** The same items; an `operation.interrupted` because of the signal is a quiet end. */
export async function* quietOnAbort<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    const expected = isDs01Error(error) && error.code === 'operation.interrupted';
    if (!expected || signal?.aborted !== true) throw error;
  }
}
