import { saysNoDevices } from './notices.ts';
import { firstLine, probeFailure } from './probe-failure.ts';
import { readText } from './values.ts';

/** A table of `nvidia-smi --query-gpu`, `--query-compute-apps` or the like with `--format=csv`. */
export interface QueryTable {
  /** Names of the fields, without units, in the order of the head line. */
  readonly fields: readonly string[];
  readonly rows: readonly QueryRow[];
}

/** A row: field name -> text with its unit (`2566 MiB`); `null` is unknown. */
export interface QueryRow {
  readonly values: ReadonlyMap<string, string | null>;
  /** Fields whose value the driver failed to read, a sign of an unhealthy device. */
  readonly broken: readonly string[];
}

/** Fields whose values are anybody's to choose and may hold the separator. */
const freeTextFields: readonly string[] = ['process_name', 'name'];

/** Gives the surplus cells of a line back to its one field of free text. */
function mend(cells: readonly string[], fields: readonly string[]): readonly string[] | null {
  const surplus = cells.length - fields.length;
  const at = freeTextFields.map((name) => fields.indexOf(name)).find((index) => index >= 0);
  if (surplus === 0) return cells;
  if (surplus < 0 || at === undefined) return null;
  const end = at + surplus + 1;
  return [...cells.slice(0, at), cells.slice(at, end).join(', '), ...cells.slice(end)];
}

function readRow(line: string, fields: readonly string[]): QueryRow {
  const cells = mend(line.split(', '), fields);
  if (cells === null) {
    throw probeFailure('nvidia-smi printed a line with too few or too many values.', {
      line: firstLine(line),
    });
  }
  const readings = fields.map(
    (field, position) => [field, readText(cells[position] ?? null)] as const,
  );
  return {
    values: new Map(
      readings.map(([field, reading]) => [field, reading.kind === 'known' ? reading.value : null]),
    ),
    broken: readings.filter(([, reading]) => reading.kind === 'broken').map(([field]) => field),
  };
}

/**
 * Reads a table with its head line. The tool separates values by `, ` and never quotes them. "No
 * devices were found" is a table without rows. Throws `gpu.probe-failed` for a message in place of
 * the head line and for a line that doesn't have the head's number of values.
 */
export function parseQueryCsv(output: string): QueryTable {
  if (saysNoDevices(output)) return { fields: [], rows: [] };
  const [head = '', ...lines] = output.split('\n').map((line) => line.trimEnd());
  const fields = head.split(', ').map((name) => name.replace(/ \[[^\]]*\]$/u, ''));
  const named = fields.every((field) => /^[a-z][\w.]*$/iu.test(field));
  if (!named || new Set(fields).size < fields.length) {
    throw probeFailure('nvidia-smi did not answer the query with a table.', {
      line: firstLine(head),
    });
  }
  const rows = lines.filter((line) => line !== '').map((line) => readRow(line, fields));
  return { fields, rows };
}
