/** What the promise gives; rejects with the signal's reason when that comes first. */
export async function orAborted<T>(
  result: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return result;
  signal.throwIfAborted();
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void => abort.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([result, abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
