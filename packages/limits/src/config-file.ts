import type { ConfigProblem, ConfigProblemCode } from '@ds01/contracts';

/** A configuration file's content, read by the caller. */
export interface ConfigFile {
  /** Path as it shall appear in problems and provenance. */
  readonly path: string;
  /** Its text; `null` when the file is there but can't be read. */
  readonly text: string | null;
  /** Why it can't be read, if that is known. */
  readonly error?: string | null;
}

/** A place in a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a finding says besides its place. */
export interface Finding {
  readonly severity?: ConfigProblem['severity'];
  readonly code: ConfigProblemCode;
  readonly message: string;
  readonly found: string;
  readonly allowed: string;
  readonly suggestion?: string | null;
}

/** First place of a file, for findings about the file as a whole. */
export const fileStart: Position = { line: 1, column: 1 };

/** A finding at its place; errors unless the finding says otherwise. */
export function problemAt(file: string, position: Position, finding: Finding): ConfigProblem {
  return {
    severity: finding.severity ?? 'error',
    code: finding.code,
    message: finding.message,
    file,
    line: position.line,
    column: position.column,
    found: finding.found,
    allowed: finding.allowed,
    suggestion: finding.suggestion ?? null,
  };
}

/** The problem of a file that is there but can't be read. */
export function unreadableFile({ path, error }: ConfigFile): ConfigProblem {
  const known = error ?? null;
  return problemAt(path, fileStart, {
    code: 'config.unreadable-file',
    message: `${path} can't be read${known === null ? '' : `: ${quote(known)}`}.`,
    found: 'a file without permission to read, not a file, or no text',
    allowed: 'a readable text file in UTF-8, at most 4 MiB',
  });
}

/** Turns offsets into positions; an offset past the end is the last character's. */
export function positionsOf(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    const inside = Math.max(0, Math.min(offset, text.length - 1));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= inside) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: inside - (starts[low] ?? 0) + 1 };
  };
}

/** Short quotation of something written in a file, on one line, harmless for a terminal. */
export function quote(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
