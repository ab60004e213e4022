/** A line of a text; `end` is before its line end, `next` behind it. */
export interface SourceLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Lines as engines cut them: at `\n`, with one `\r` before it dropped. */
export function sourceLines(text: string, from: number): SourceLine[] {
  const lines: SourceLine[] = [];
  let start = from;
  while (start < text.length) {
    const found = text.indexOf('\n', start);
    const next = found === -1 ? text.length : found + 1;
    let end = found === -1 ? text.length : found;
    if (end > start && text[end - 1] === '\r') end -= 1;
    lines.push({ start, end, next });
    start = next;
  }
  return lines;
}

/** What the engine counts as blank in front of an instruction (Go's `unicode.IsSpace`). */
const blanks = new Set(
  [9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].concat(
    Array.from({ length: 11 }, (_, index) => 0x2000 + index),
  ),
);

/** Whether the engine takes a character for white space. */
export const isBlank = (text: string, at: number): boolean => blanks.has(text.charCodeAt(at));

/** First position from `start` that isn't white space; `end` when there is none. */
export function skipBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text, at)) at += 1;
  return at;
}

/** Last position before `end` behind which only spaces and tabs stand. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && (text[at - 1] === ' ' || text[at - 1] === '\t')) at -= 1;
  return at;
}
