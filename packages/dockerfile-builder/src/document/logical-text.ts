import type { LogicalText } from './types.ts';

/** Collects pieces of a text; `build` gives them as one. */
export function createLogicalText(source: string) {
  const pieces: { at: number; offset: number; length: number }[] = [];
  let text = '';
  return {
    add(start: number, end: number) {
      if (end <= start) return;
      pieces.push({ at: text.length, offset: start, length: end - start });
      text += source.slice(start, end);
    },
    build: (): LogicalText => ({ text, pieces }),
  };
}

/** Offset in the source of the character at a position; the end of the last piece for the end. */
export function sourceOffset({ pieces }: LogicalText, position: number): number {
  let found = pieces[0];
  for (const piece of pieces) {
    if (piece.at > position) break;
    found = piece;
  }
  return found === undefined ? 0 : found.offset + (position - found.at);
}

/** Offset in the source just behind the character before a position. */
export function sourceOffsetBehind(logical: LogicalText, position: number): number {
  return position === 0 ? sourceOffset(logical, 0) : sourceOffset(logical, position - 1) + 1;
}
