/** Bytes of a stream, taken in the amounts that are needed. */
export interface ByteReader {
  /** So many bytes; fewer only when the stream ended. */
  read(length: number): Promise<Buffer>;
  /** So many bytes in the pieces that they arrive in; false in the end when the stream ended before. */
  pieces(length: number): AsyncGenerator<Buffer, boolean>;
  /** Reads the rest and throws it away. */
  drain(): Promise<void>;
}

/** A reader at the beginning of a stream; nothing is read ahead of what is asked for. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let have: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    while (have.length === 0) {
      const next = await chunks.next();
      if (next.done === true) return false;
      const { buffer, byteOffset, byteLength } = next.value;
      have = Buffer.from(buffer, byteOffset, byteLength);
    }
    return true;
  };
  const take = (length: number): Buffer => {
    const taken = have.subarray(0, length);
    have = have.subarray(taken.length);
    return taken;
  };
  return {
    async read(length) {
      const parts: Buffer[] = [];
      let missing = length;
      while (missing > 0) {
        if (!(await more())) break;
        const part = take(missing);
        parts.push(part);
        missing -= part.length;
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    },
    async *pieces(length) {
      let missing = length;
      while (missing > 0) {
        if (!(await more())) return false;
        const part = take(missing);
        missing -= part.length;
        yield part;
      }
      return true;
    },
    async drain() {
      have = Buffer.alloc(0);
      while (await more()) have = Buffer.alloc(0);
    },
  };
}
