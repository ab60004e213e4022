/** Something wrong in a text that a person wrote, where it is, and what to do. Plain data. */
export interface TextProblem {
  /** Name of the file as the caller gave it; `null` when it gave none. */
  readonly file: string | null;
  /** Line in the file, from 1. */
  readonly line: number;
  /** Column in that line, from 1, in UTF-16 units. */
  readonly column: number;
  /** One sentence. Never repeats a credential. */
  readonly message: string;
  /** What to write instead; `null` when there is nothing better to say. */
  readonly hint: string | null;
}

/** A problem before its place in the file is known: `offset` counts within what was parsed. */
export interface OffsetProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string | null;
}
