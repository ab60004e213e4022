import { gpuCell, gpuFields, headCell } from '../render/gpu-fields.ts';
import { timestampMarks } from '../render/timestamps.ts';
import { shellQuote } from '../shell.ts';
import type { Topology } from '../topology.ts';

const withoutClock = gpuFields.filter((entry) => entry.name !== 'timestamp');

const fieldBranch = (topology: Topology, entry: (typeof gpuFields)[number]): string => {
  const names = [entry.name, ...entry.aliases].join('|');
  const values = topology.devices.map((device) =>
    gpuCell(entry, { device, topology, timestamps: timestampMarks }, false),
  );
  const common = values.every((value) => value === values[0]) ? values[0] : undefined;
  const assignment =
    common === undefined
      ? `case $gpu in ${values
          .map((value, index) => `${index}) value=${shellQuote(value)} ;;`)
          .join(' ')} esac`
      : `value=${shellQuote(common)}`;
  return `${names}) head=${shellQuote(headCell(entry))} unit=${shellQuote(
    entry.unit === null ? '' : ` ${entry.unit}`,
  )}; ${assignment} ;;`;
};

/**
 * Sh text that answers `--query-gpu=FIELDS --format=csv...` for any list of fields without starting
 * a program. It needs `fields` and `format` to be set, and calls the function `unknown_field NAME`
 * for what it doesn't know (the clock's field among them).
 */
export const gpuQueryScript = (topology: Topology): string => {
  const indexes = topology.devices.map((_, index) => index).join(' ');
  return `cell() {
  case $1 in
${withoutClock.map((entry) => `    ${fieldBranch(topology, entry)}`).join('\n')}
    *) unknown_field "$1" ;;
  esac
}
query_gpu() {
  set -f
  IFS=', '
  row=
  gpu=0
  for name in $fields; do cell "$name"; row="$row, $head"; done
  case ",$format," in *,noheader,*) ;; *) printf '%s\\n' "\${row#, }" ;; esac
  for gpu in ${indexes}; do
    row=
    for name in $fields; do
      cell "$name"
      case $value in
        '['*) unit= ;;
      esac
      case ",$format," in *,nounits,*) unit= ;; esac
      row="$row, $value$unit"
    done
    printf '%s\\n' "\${row#, }"
  done
  exit 0
}`;
};
