import type { Screen, Style } from './screen.ts';
import { cutText, padText, plainText, textWidth, wrapText } from './text.ts';

/** A column of a {@link table}. */
export interface Column {
  readonly heading: string;
  /** On a narrow terminal the column with the highest number goes first; without one it stays. */
  readonly drop?: number;
  /** What happens to text that doesn't fit: cut off with `…` (as without), or broken into lines. */
  readonly fit?: 'cut' | 'wrap';
  /** Width down to which this column is made narrower before any column goes. */
  readonly atLeast?: number;
}

/** Text of a cell, and how it stands out. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** What a {@link table} shows. */
export interface Table {
  readonly columns: readonly Column[];
  /** A cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
}

const gap = '  ';
/** No column is made narrower than this, when it is wider of itself. */
const narrowest = 4;

/**
 * Rows below headings, two blanks between columns. A terminal that is too narrow gets columns of less
 * width first, then fewer columns, then cut text; what isn't a terminal gets everything.
 */
export function table({ columns, rows }: Table, screen: Screen): string {
  const cells = rows.map((row) => row.map(cleanCell));
  const natural = columns.map(({ heading }, index) =>
    Math.max(textWidth(heading), ...cells.map((row) => textWidth(row[index]?.text ?? ''))),
  );
  const shown = fitColumns(columns, natural, screen.width ?? Infinity);
  const heading = columns.map(({ heading: text }) => ({ text, style: 'bold' as const }));
  return [heading, ...cells]
    .map((row) => {
      const lines = shown.map(({ index, width, fit }) => {
        const { text, style } = row[index] ?? { text: '', style: null };
        const broken = fit === 'wrap' ? wrapText(text, width) : [cutText(text, width)];
        return { broken, style, width };
      });
      return joinRow(lines, screen);
    })
    .join('\n');
}

/** A heading and a value a line; long values are broken into lines below each other. */
export function fields(
  rows: readonly (readonly [heading: string, value: Cell])[],
  screen: Screen,
): string {
  const columns: readonly Column[] = [{ heading: '' }, { heading: '', fit: 'wrap' }];
  const body = rows.map(([name, value]): readonly Cell[] => [{ text: name, style: 'dim' }, value]);
  return table({ columns, rows: body }, screen).replace(/^.*\n/, '');
}

/** Rows as aligned columns, the first row being the heading. */
export function columns(rows: readonly (readonly string[])[], screen: Screen): string {
  const [heading = [], ...rest] = rows;
  return table({ columns: heading.map((text) => ({ heading: text })), rows: rest }, screen);
}

interface ShownColumn {
  readonly index: number;
  readonly width: number;
  readonly fit: 'cut' | 'wrap';
}

interface ShownCell {
  readonly broken: readonly string[];
  readonly style: Style | null;
  readonly width: number;
}

function joinRow(cells: readonly ShownCell[], { paint }: Screen): string {
  const height = Math.max(...cells.map(({ broken }) => broken.length));
  const lines = Array.from({ length: height }, (_, at) => {
    const used = cells.findLastIndex(({ broken }) => (broken[at] ?? '') !== '');
    return cells
      .slice(0, used + 1)
      .map(({ broken, style, width }, index) => {
        const text = broken[at] ?? '';
        const shown = style === null ? text : paint(style, text);
        return index === used ? shown : shown + padText(text, width).slice(text.length);
      })
      .join(gap)
      .trimEnd();
  });
  return lines.join('\n');
}

function cleanCell(cell: Cell): { readonly text: string; readonly style: Style | null } {
  return typeof cell === 'string'
    ? { text: plainText(cell), style: null }
    : { text: plainText(cell.text), style: cell.style };
}

function fitColumns(
  columns: readonly Column[],
  natural: readonly number[],
  room: number,
): readonly ShownColumn[] {
  let shown = columns.map((column, index) => ({ column, index, width: natural[index] ?? 0 }));
  const limit = (least: (column: Column) => number) => {
    shown = shrink(
      shown.map((entry) => ({ ...entry, least: Math.min(entry.width, least(entry.column)) })),
      room,
    );
  };
  limit(({ atLeast }) => atLeast ?? Infinity);
  while (total(shown) > room) {
    const next = shown.toSorted((a, b) => (b.column.drop ?? 0) - (a.column.drop ?? 0))[0];
    if (next?.column.drop === undefined) break;
    shown = shown.filter((entry) => entry !== next);
    shown = shown.map((entry) => ({ ...entry, width: natural[entry.index] ?? 0 }));
    limit(({ atLeast }) => atLeast ?? Infinity);
  }
  limit(() => narrowest);
  return shown.map(({ column, index, width }) => ({ index, width, fit: column.fit ?? 'cut' }));
}

interface Shrinkable {
  readonly column: Column;
  readonly index: number;
  readonly width: number;
  readonly least: number;
}

/** Takes columns off the widest column that may be narrower, one by one, until all fit. */
function shrink(entries: readonly Shrinkable[], room: number): Shrinkable[] {
  const result = entries.map((entry) => ({ ...entry }));
  while (total(result) > room) {
    const candidates = result.filter(({ width, least }) => width > least);
    const widest = candidates.toSorted((a, b) => b.width - a.width)[0];
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return result;
}

function total(entries: readonly { readonly width: number }[]): number {
  return entries.reduce((sum, { width }) => sum + width + gap.length, -gap.length);
}
