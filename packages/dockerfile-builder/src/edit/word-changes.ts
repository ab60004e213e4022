import { sourceOffset, sourceOffsetBehind } from '../document/logical-text.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import type { TextChange } from './changes.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Start of the line that an offset lies in. */
const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** Offset behind the line end that follows an offset; the text's end when none does. */
function nextLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  return found === -1 ? text.length : found + 1;
}

/**
 * Takes a word out of an instruction with what joins it to the word before; comments between them
 * stay. `previousEnd` is where the word before ends, both in the logical text.
 */
export function removeWord(
  { text, escape }: DockerfileDocument,
  { logical, endOffset }: DockerfileInstruction,
  { start, end, previousEnd }: Span & { readonly previousEnd: number },
): TextChange[] {
  const from = sourceOffset(logical, start);
  const to = sourceOffsetBehind(logical, end);
  const before = sourceOffsetBehind(logical, previousEnd);
  if (isSimpleGap(text.slice(before, from), escape)) return [{ start: before, end: to, text: '' }];
  const rest = text.slice(to, text.indexOf('\n', to) === -1 ? text.length : text.indexOf('\n', to));
  const line = lineStart(text, from);
  const alone = text.slice(line, from).trim() === '';
  if (to >= endOffset) {
    // The line before the comments no longer goes on.
    const continued = endOfLine(text, before);
    return [
      { start: before, end: continued, text: '' },
      { start: endOfLineBefore(text, line), end: to, text: '' },
    ];
  }
  if (alone && rest.trim() === escape) return [{ start: line, end: nextLine(text, to), text: '' }];
  let behind = to;
  while (text[behind] === ' ' || text[behind] === '\t') behind += 1;
  return [{ start: from, end: behind, text: '' }];
}

/** Whether nothing but blanks and at most one continuation stands in between. */
function isSimpleGap(gap: string, escape: string): boolean {
  const lines = gap.split('\n');
  if (lines.length > 2) return false;
  const [first = '', second = ''] = lines;
  return second.trim() === '' && (first.trim() === '' || first.trim() === escape);
}

function endOfLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  if (found === -1) return text.length;
  return text[found - 1] === '\r' ? found - 1 : found;
}

function endOfLineBefore(text: string, start: number): number {
  if (start === 0) return 0;
  return text[start - 2] === '\r' ? start - 2 : start - 1;
}

/** Puts words behind one, on lines of their own when it stands on one. */
export function appendWords(
  { text, escape, newline }: DockerfileDocument,
  { logical, startOffset }: DockerfileInstruction,
  { last, words }: { last: Span; words: readonly string[] },
): TextChange {
  const from = sourceOffset(logical, last.start);
  const at = sourceOffsetBehind(logical, last.end);
  const line = lineStart(text, from);
  const indent = text.slice(line, from);
  const ownLine = line > startOffset && indent.trim() === '';
  const joint = ownLine ? ` ${escape}${newline}${indent}` : ' ';
  return { start: at, end: at, text: words.map((word) => joint + word).join('') };
}

/** Replaces a word. */
export const replaceWord = (
  { logical }: DockerfileInstruction,
  { start, end }: Span,
  word: string,
): TextChange => ({
  start: sourceOffset(logical, start),
  end: sourceOffsetBehind(logical, end),
  text: word,
});

/** Takes a whole instruction out, its lines with it; what surrounds it stays. */
export function removeInstruction(
  { text }: DockerfileDocument,
  { startOffset, endOffset }: DockerfileInstruction,
): TextChange {
  const start = lineStart(text, startOffset);
  const end = nextLine(text, endOffset);
  const atEnd = end === text.length && !text.endsWith('\n');
  return { start: atEnd ? endOfLineBefore(text, start) : start, end, text: '' };
}

/** Puts lines behind an instruction. */
export function insertBehind(
  { text, newline }: DockerfileDocument,
  offset: number,
  lines: string,
): TextChange {
  const at = nextLine(text, offset);
  const atEnd = at === text.length && !text.endsWith('\n');
  return { start: at, end: at, text: atEnd ? newline + lines : lines + newline };
}
