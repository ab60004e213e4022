import type { DockerfileDocument } from '../document/types.ts';
import { sourceLines } from '../document/lines.ts';

/** A comment between instructions. */
export interface CommentLine {
  /** Counts from 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** Without `#` and outer blanks. */
  readonly text: string;
}

/** Comments that stand between instructions, not inside of one. */
export function commentLines({ text, instructions }: DockerfileDocument): CommentLine[] {
  const within = new Set<number>();
  for (const { startLine, endLine } of instructions) {
    for (let line = startLine; line <= endLine; line += 1) within.add(line);
  }
  const from = text.startsWith('\uFEFF') ? 1 : 0;
  return sourceLines(text, from).flatMap(({ start, end }, index) => {
    const content = text.slice(start, end).trim();
    if (within.has(index + 1) || !content.startsWith('#')) return [];
    return [{ line: index + 1, start, end, text: content.slice(1).trim() }];
  });
}
