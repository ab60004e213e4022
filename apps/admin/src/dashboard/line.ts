import {
  cutText,
  padText,
  plainText,
  textWidth,
  type Screen,
  type Style,
} from '@ds01/command-line';

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** One line of a terminal. What its texts hold can't move the cursor or leave the line. */
export type Line = readonly Span[];

/** A piece of text, plain or in a style. */
export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

/** A line of one piece. */
export function line(text: string, style?: Style): Line {
  return [span(text, style)];
}

/** The line as it is written to a terminal: at most `width` columns, harmless whatever names say. */
export function paintLine(spans: Line, width: number, screen: Screen): string {
  let left = width;
  let painted = '';
  for (const { text, style } of spans) {
    if (left <= 0) break;
    const shown = cutText(plainText(text), left);
    left -= textWidth(shown);
    painted += style === undefined ? shown : screen.paint(style, shown);
  }
  return painted;
}

/** Text of exactly this width: cut, or filled with blanks. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cutText(plainText(text), width);
  return align === 'left' ? padText(shown, width) : ' '.repeat(width - textWidth(shown)) + shown;
}

/** A column of a list; the one without a width takes what the others leave. */
export interface ListColumn {
  readonly heading: string;
  readonly width: number | null;
  readonly align?: 'left' | 'right';
  /** On a narrow terminal the column with the highest number goes first; without one it stays. */
  readonly drop?: number;
}

/** What a list shows in a cell. */
export type ListCell = string | Span;

const leastRest = 8;

/** Heading and rows of a list in a width. Rows have a cell for each column. */
export function list(
  columns: readonly ListColumn[],
  rows: readonly (readonly ListCell[])[],
  width: number,
): { readonly heading: Line; readonly rows: readonly Line[] } {
  const shown = fitting(columns, width);
  const fixed = shown.reduce((sum, { column }) => sum + (column.width ?? 0) + 1, 0);
  const rest = Math.max(leastRest, width - fixed);
  const lineOf = (cells: readonly ListCell[]): Line =>
    shown.flatMap(({ column, index }) => {
      const given = cells[index] ?? '';
      const { text, style } = typeof given === 'string' ? span(given) : given;
      return [span(cell(text, column.width ?? rest, column.align), style), span(' ')];
    });
  const headings = columns.map(({ heading }) => span(heading, 'bold'));
  return { heading: lineOf(headings), rows: rows.map(lineOf) };
}

function fitting(columns: readonly ListColumn[], width: number) {
  let shown = columns.map((column, index) => ({ column, index }));
  const needed = (): number =>
    shown.reduce((sum, { column }) => sum + (column.width ?? leastRest) + 1, 0);
  while (needed() > width) {
    const droppable = shown.filter(({ column }) => column.drop !== undefined);
    const first = droppable.toSorted(
      (one, other) => (other.column.drop ?? 0) - (one.column.drop ?? 0),
    )[0];
    if (first === undefined) break;
    shown = shown.filter((one) => one !== first);
  }
  return shown;
}

/** A bar of a share from 0 to 1 (more is full), and its style: yellow from a half, red from 90 %. */
export function bar(share: number, width: number): Line {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  const style = share >= 0.9 ? 'red' : share >= 0.5 ? 'yellow' : 'green';
  return [span('['), span('|'.repeat(filled), style), span(`${' '.repeat(width - filled)}]`)];
}
