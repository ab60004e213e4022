/** A line of a requirements file after joining continuations and dropping its comment. */
export interface LogicalLine {
  /** Without the comment, trimmed at the end; never empty. */
  readonly text: string;
  /** Where a place in `text` stands in the file; lines and columns from 1. */
  readonly locate: (offset: number) => { readonly line: number; readonly column: number };
}

interface Piece {
  readonly start: number;
  readonly line: number;
  readonly column: number;
}

/**
 * The line ends that pip knows (Python's `str.splitlines`): more than people think of, so that
 * nothing is one line here and two for pip.
 */
const lineEnd = /\r\n|[\n\r\v\f\u001C-\u001E\u0085\u2028\u2029]/;

function withoutComment(text: string): string {
  const start = text.search(/(?:^|\s)#/);
  return (start === -1 ? text : text.slice(0, start)).trimEnd();
}

function locator(pieces: readonly Piece[]): LogicalLine['locate'] {
  return (offset) => {
    const piece = pieces.findLast((candidate) => candidate.start <= offset) ?? pieces[0];
    if (piece === undefined) return { line: 1, column: 1 };
    return { line: piece.line, column: piece.column + offset - piece.start };
  };
}

/**
 * The lines that count, in pip's order of doing things: a `\` at the end joins with the next line, a
 * comment line ends a continuation, `#` begins a comment only at the beginning or after white space.
 */
export function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  let joined = '';
  let pieces: Piece[] = [];
  const flush = () => {
    const whole = withoutComment(joined);
    const indent = whole.length - whole.trimStart().length;
    if (whole !== '') {
      const locate = locator(pieces);
      lines.push({ text: whole.slice(indent), locate: (offset) => locate(offset + indent) });
    }
    joined = '';
    pieces = [];
  };
  for (const [index, physical] of text.split(lineEnd).entries()) {
    const isComment = /(?:^|\s)#/.test(physical);
    const goesOn = physical.endsWith('\\') && !isComment;
    pieces.push({ start: joined.length, line: index + 1, column: 1 });
    // A comment after a continuation must be found as one though it begins its line.
    const isWholeComment = physical.startsWith('#') && joined !== '';
    joined += goesOn ? physical.replace(/\\+$/, '') : `${isWholeComment ? ' ' : ''}${physical}`;
    if (!goesOn) flush();
  }
  flush();
  return lines;
}
