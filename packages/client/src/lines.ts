import { ds01Error } from '@ds01/contracts/core';

/** Longest line that is waited for: the daemon's longest are lists of everything that somebody has. */
const longestLine = 67_108_864;

/**
 * The lines of a text that arrives in pieces, without their ends; what stands after the last is one.
 * Fails with `internal.unexpected` for a line without an end.
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun: string[] = [];
  let length = 0;
  for await (const bytes of body) {
    const parts = decoder.decode(bytes, { stream: true }).split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) {
      begun.push(part);
      yield begun.join('').replace(/\r$/, '');
      begun = [];
      length = 0;
    }
    if (rest === '') continue;
    begun.push(rest);
    length += rest.length;
    if (length > longestLine) {
      throw ds01Error('internal.unexpected', {
        message: 'The answer was not understood: one of its lines does not end.',
        hint: 'ds01 version',
      });
    }
  }
  begun.push(decoder.decode());
  const last = begun.join('');
  if (last !== '') yield last;
}
