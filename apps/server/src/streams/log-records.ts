import type { LogChunk } from '@ds01/ports';

/** One line of a container’s output. */
export interface LogRecord {
  readonly stream: LogChunk['stream'];
  /** When the engine got it, as it says so (RFC 3339); `null` where it didn’t. */
  readonly at: string | null;
  /** Without its end. */
  readonly line: string;
  /** False for a part of a long one, whose rest follows. */
  readonly isWhole: boolean;
}

/** The engine cuts lines into entries of so many bytes, and writes the time before each of them. */
const entryBytes = 16_384;
/** As long as a time is, with the space behind it. */
const longestStamp = 36;
const stampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const newline = 10;
const space = 32;

/**
 * The lines of output that was asked for with times, in the order in which they end. One that grows beyond
 * `longest` comes in parts.
 */
export async function* logRecordsOf(
  chunks: AsyncIterable<LogChunk>,
  longest: number,
): AsyncGenerator<LogRecord> {
  const streams = { stdout: createLines(longest), stderr: createLines(longest) };
  for await (const { stream, bytes } of chunks) {
    for (const line of streams[stream].push(bytes)) yield { stream, ...line };
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const rest = streams[stream].rest();
    if (rest !== null) yield { stream, ...rest };
  }
}

type Line = Omit<LogRecord, 'stream'>;

/** Takes one stream apart, however its bytes come. */
function createLines(longest: number) {
  let at: string | null = null;
  let text = '';
  let decoder = new TextDecoder();
  /** What may become a time; `null` within an entry. */
  let stamp: number[] | null = [];
  let hasBegun = false;
  let inEntry = 0;
  const add = (bytes: Uint8Array): void => {
    text += decoder.decode(bytes, { stream: true });
    inEntry += bytes.length;
  };
  const endStamp = (read: readonly number[]): void => {
    const said = String.fromCharCode(...read.slice(0, -1));
    stamp = null;
    inEntry = 0;
    // Within a line only the time of its own beginning is one.
    if (hasBegun ? said === at : stampPattern.test(said)) at = said;
    else add(Uint8Array.from(read));
    hasBegun = true;
  };
  const endLine = (isWhole: boolean): Line => {
    const line = { at, line: isWhole ? text + decoder.decode() : text, isWhole };
    text = '';
    if (!isWhole) return line;
    decoder = new TextDecoder();
    at = null;
    stamp = [];
    hasBegun = false;
    return line;
  };
  return {
    push(bytes: Uint8Array): readonly Line[] {
      const lines: Line[] = [];
      let next = 0;
      while (next < bytes.length) {
        if (stamp !== null) {
          const byte = bytes[next] ?? 0;
          const isEnd = byte === newline;
          if (!isEnd) stamp.push(byte);
          if (byte === space || isEnd || stamp.length === longestStamp) endStamp(stamp);
          if (!isEnd) next += 1;
          continue;
        }
        const end = bytes.indexOf(newline, next);
        const left = entryBytes - inEntry;
        const part = bytes.subarray(next, Math.min(end === -1 ? bytes.length : end, next + left));
        add(part);
        next += part.length;
        if (next === end) {
          next += 1;
          lines.push(endLine(true));
        } else if (inEntry === entryBytes) {
          stamp = [];
        }
        if (text.length > longest) lines.push(endLine(false));
      }
      return lines;
    },
    rest(): Line | null {
      if (stamp !== null && stamp.length > 0) endStamp(stamp);
      return hasBegun ? endLine(true) : null;
    },
  };
}
