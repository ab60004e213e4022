import type { Line } from './line.ts';

/** What a view shows: headings that stay, and rows that may be more than fit. */
export interface Body {
  readonly heading: readonly Line[];
  readonly rows: readonly Line[];
  /** Row that is chosen; `null` where rows are only read. */
  readonly cursor: number | null;
}
