import { sourceOffset } from './logical-text.ts';
import type { DockerfileDocument, DockerfileInstruction } from './types.ts';

/** Line and column, both from 1, of a position in an instruction's logical text. */
export function positionIn(
  { text }: Pick<DockerfileDocument, 'text'>,
  { logical, startOffset, startLine }: DockerfileInstruction,
  at: number,
): { line: number; column: number } {
  const offset = Math.max(startOffset, sourceOffset(logical, at));
  const before = text.slice(startOffset, offset);
  const lines = before.split('\n').length - 1;
  return { line: startLine + lines, column: offset - text.lastIndexOf('\n', offset - 1) };
}
