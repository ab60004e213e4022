/**
 * Reads many rows, checking only those that changed since the last reading: what a row says is
 * remembered by its text. Rows that went are forgotten. What it gives is shared between readings, and
 * never changed by anybody.
 */
export function createRowReader<Row, Value extends object>(
  read: (row: Row) => Value,
  textOf: (row: Row) => string,
): (rows: readonly Row[]) => readonly Value[] {
  let known: ReadonlyMap<string, Value> = new Map();
  return (rows) => {
    const seen = new Map<string, Value>();
    const values = rows.map((row) => {
      const text = textOf(row);
      const value = known.get(text) ?? Object.freeze(read(row));
      seen.set(text, value);
      return value;
    });
    known = seen;
    return values;
  };
}
