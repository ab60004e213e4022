import type { LogsOutput } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';

type Stream = LogChunk['stream'];

/**
 * The lines of both streams, in the order in which they ended; at the end also what has no line end.
 * Bytes that are no UTF-8 become U+FFFD.
 */
export async function logLines(chunks: AsyncIterable<LogChunk>): Promise<LogsOutput['lines']> {
  const lines: LogsOutput['lines'] = [];
  const streams = { stdout: createReader(), stderr: createReader() };
  const take = (stream: Stream, texts: readonly string[]): void => {
    for (const text of texts) lines.push({ stream, text });
  };
  for await (const { stream, bytes } of chunks) take(stream, streams[stream].read(bytes));
  for (const stream of ['stdout', 'stderr'] as const) take(stream, streams[stream].rest());
  return lines;
}

/** Cuts one stream into lines, wherever its bytes were cut. */
function createReader() {
  const decoder = new TextDecoder();
  let begun = '';
  const whole = (text: string): readonly string[] => {
    const parts = `${begun}${text}`.split('\n');
    begun = parts.pop() ?? '';
    return parts.map((line) => line.replace(/\r$/, ''));
  };
  return {
    read: (bytes: Uint8Array) => whole(decoder.decode(bytes, { stream: true })),
    rest: () => [...whole(decoder.decode()), ...(begun === '' ? [] : [begun])],
  };
}
