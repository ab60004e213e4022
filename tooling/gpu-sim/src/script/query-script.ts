import { appFields, appRows, appValue } from '../render/app-fields.ts';
import { gpuCell, gpuFieldsOf, headCell } from '../render/gpu-fields.ts';
import { timestampMarks } from '../render/timestamps.ts';
import { shellQuote } from '../shell.ts';
import type { Topology } from '../topology.ts';

interface Column {
  readonly names: readonly string[];
  readonly head: string;
  readonly unit: string | null;
  /** One value a row, without the unit. */
  readonly values: readonly string[];
}

const columnBranch = ({ names, head, unit, values }: Column): string => {
  const common = values.every((value) => value === values[0]) ? (values[0] ?? '') : undefined;
  const assignment =
    common === undefined
      ? `case $row in ${values
          .map((value, index) => `${index}) value=${shellQuote(value)} ;;`)
          .join(' ')} esac`
      : `value=${shellQuote(common)}`;
  const unitText = unit === null ? '' : ` ${unit}`;
  return `    ${names.join('|')}) head=${shellQuote(head)} unit=${shellQuote(unitText)}; ${assignment} ;;`;
};

const csvScript = (
  columns: readonly Column[],
  { rowCount, clock }: { readonly rowCount: number; readonly clock: string | undefined },
): string => `cell() {
  case $1 in
${columns.map(columnBranch).join('\n')}${
  clock === undefined ? '' : `\n    timestamp) head=timestamp unit= value=${clock} ;;`
}
    *) unknown_field ;;
  esac
}
set -f
IFS=', '
line=
row=0
for name in $fields; do cell "$name"; line="$line, $head"; done
case ",$format," in *,noheader,*) ;; *) printf '%s\\n' "\${line#, }" ;; esac
for row in ${Array.from({ length: rowCount }, (_, index) => index).join(' ')}; do
  line=
  for name in $fields; do
    cell "$name"
    case $value in '['*) unit= ;; esac
    case ",$format," in *,nounits,*) unit= ;; esac
    line="$line, $value$unit"
  done
  printf '%s\\n' "\${line#, }"
done
exit 0`;

/**
 * Sh text that answers `--query-gpu` for any list of fields without starting a program. It needs
 * `fields` and `format` to be set, and calls the function `unknown_field` (which must not return)
 * for a field that it doesn't know. `clock` is the sh word for the field `timestamp`; without it
 * that field is unknown to the script.
 */
export const gpuQueryScript = (topology: Topology, clock?: string): string =>
  csvScript(
    gpuFieldsOf(topology)
      .filter((entry) => entry.name !== 'timestamp')
      .map((entry) => ({
        names: [entry.name, ...entry.aliases],
        head: headCell(entry, topology),
        unit: entry.unit,
        values: topology.devices.map((device) =>
          gpuCell(entry, { device, topology, timestamps: timestampMarks }, false),
        ),
      })),
    { rowCount: topology.devices.length, clock },
  );

/** The same for `--query-compute-apps`. */
export const appQueryScript = (topology: Topology, clock?: string): string => {
  const rows = appRows(topology);
  return csvScript(
    appFields
      .filter((entry) => entry.name !== 'timestamp')
      .map((entry) => ({
        names: [entry.name, ...entry.aliases],
        head: headCell(entry, topology),
        unit: entry.unit,
        values: rows.map((row) => appValue(entry, row, timestampMarks)),
      })),
    { rowCount: rows.length, clock },
  );
};
