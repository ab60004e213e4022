/** The last bytes of an output. */
export interface RecentOutput {
  push(bytes: Uint8Array): void;
  /** What is kept, oldest first; a copy. */
  bytes(): Buffer;
}

const firstBytes = 4096;

/**
 * Keeps the last bytes, at most as many as `limitBytes` says at that moment. Memory is taken as output
 * comes: a session that prints little costs little.
 */
export function createRecentOutput(limitBytes: () => number): RecentOutput {
  let kept = Buffer.alloc(0);
  let start = 0;
  let length = 0;
  const bytes = (): Buffer => {
    const first = kept.subarray(start, Math.min(start + length, kept.length));
    return Buffer.concat([first, kept.subarray(0, length - first.length)]);
  };
  const resize = (capacity: number): void => {
    const last = bytes().subarray(-capacity);
    kept = Buffer.alloc(capacity);
    last.copy(kept);
    start = 0;
    length = last.length;
  };
  return {
    bytes,
    push(given) {
      const limit = limitBytes();
      const wanted = Math.min(limit, Math.max(length + given.length, firstBytes));
      if (kept.length > limit) resize(limit);
      else if (kept.length < wanted) resize(Math.min(limit, Math.max(wanted, kept.length * 2)));
      const last = given.subarray(Math.max(0, given.length - kept.length));
      const at = (start + length) % kept.length;
      const first = last.subarray(0, kept.length - at);
      kept.set(first, at);
      kept.set(last.subarray(first.length), 0);
      const over = Math.max(0, length + last.length - kept.length);
      start = (start + over) % kept.length;
      length += last.length - over;
    },
  };
}
