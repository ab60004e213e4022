import { ds01Error } from '@ds01/contracts/core';

/** One port to forward. */
export interface WantedForward {
  /** Inside the container. */
  readonly port: number;
  /** On this machine; 0 is any free one. */
  readonly localPort: number;
}

/**
 * The ports of `[LOCAL:]PORT`: without LOCAL the same number on this machine, `0:PORT` any free one.
 * Fails with `usage.invalid`.
 */
export function wantedForwardsOf(values: readonly string[]): readonly WantedForward[] {
  const wanted = values.map(wantedForwardOf);
  wanted.forEach(({ localPort }, index) => {
    const before = wanted.slice(0, index);
    if (localPort !== 0 && before.some((other) => other.localPort === localPort)) {
      throw invalid(`Port ${localPort} of this machine would lead to two places.`);
    }
  });
  return wanted;
}

function wantedForwardOf(value: string): WantedForward {
  const [match, local, inside] = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(value) ?? [];
  if (match === undefined) {
    throw invalid(`${JSON.stringify(value)} is no port such as 8888, or 9999:8888.`);
  }
  const port = Number(inside);
  const localPort = local === undefined ? port : Number(local);
  if (port < 1 || port > 65_535 || localPort > 65_535) {
    throw invalid(`${value}: ports go from 1 to 65535.`);
  }
  return { port, localPort };
}

function invalid(message: string) {
  return ds01Error('usage.invalid', { message, hint: 'ds01 container forward thesis 8888' });
}
