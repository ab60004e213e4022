import type { OffsetProblem } from './text-problem.ts';

/** Reads one text from left to right and keeps the first thing that was wrong. */
export interface Cursor {
  readonly text: string;
  /** Where it stands, from 0. */
  offset: () => number;
  atEnd: () => boolean;
  /** Passes white space. */
  skipSpace: () => void;
  /** Passes `literal` if it comes next. */
  take: (literal: string) => boolean;
  /** Passes what a sticky (`y`) pattern matches here; `null` when it doesn't. */
  match: (pattern: RegExp) => string | null;
  /** Keeps a problem, here unless said otherwise; always `null`, so that it can be returned. */
  fail: (message: string, hint?: string | null, offset?: number) => null;
  problem: () => OffsetProblem | null;
}

/** A cursor at the beginning of a text. */
export function createCursor(text: string): Cursor {
  let offset = 0;
  let problem: OffsetProblem | null = null;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = offset;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) offset += found.length;
    return found;
  };
  return {
    text,
    offset: () => offset,
    atEnd: () => offset >= text.length,
    skipSpace: () => void match(/\s*/y),
    take: (literal) => {
      if (!text.startsWith(literal, offset)) return false;
      offset += literal.length;
      return true;
    },
    match,
    fail: (message, hint = null, at = offset) => {
      problem ??= { offset: at, message, hint };
      return null;
    },
    problem: () => problem,
  };
}
