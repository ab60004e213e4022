/** Replaces a part of a text. */
export function splice(
  text: string,
  part: { readonly start: number; readonly end: number; readonly by: string },
): string {
  return `${text.slice(0, part.start)}${part.by}${text.slice(part.end)}`;
}

/** Where the line of an offset starts. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line after something that ends at an offset starts; the end of the text without one. */
export function lineAfter(text: string, end: number): number {
  if (end > 0 && text[end - 1] === '\n') return end;
  const newline = text.indexOf('\n', end);
  return newline === -1 ? text.length : newline + 1;
}

/** How the lines of a text end. */
function endOfLines(text: string): string {
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
}

/**
 * Puts lines before what is at an offset, the start of a line or the end of the text. A text whose last
 * line has no end gets none.
 */
export function insertLines(text: string, offset: number, lines: readonly string[]): string {
  const end = endOfLines(text);
  const isUnended = offset === text.length && text !== '' && !text.endsWith('\n');
  const added = lines.join(end);
  const by = isUnended ? `${end}${added}` : `${added}${end}`;
  return splice(text, { start: offset, end: offset, by });
}

/** Takes the lines of a part out, but those that are comments; what has no last end has none then. */
export function removeLines(
  text: string,
  part: { readonly start: number; readonly end: number },
): string {
  const start = lineStart(text, part.start);
  const end = lineAfter(text, part.end);
  const comments = text
    .slice(start, end)
    .split(/(?<=\n)/)
    .filter((line) => line.trimStart().startsWith('#'))
    .join('');
  const removed = splice(text, { start, end, by: comments });
  const wasUnended = end === text.length && !text.endsWith('\n');
  return wasUnended && comments === '' ? removed.replace(/\r?\n$/, '') : removed;
}
