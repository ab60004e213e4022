import { answer, driverMismatch, driverUnreachable } from '../answer.ts';
import { mainPath, type SimulatorPaths } from '../paths.ts';
import { noDevices } from '../render/answer-types.ts';
import { hasNoHandle } from '../render/lost.ts';
import { timestampMarks } from '../render/timestamps.ts';
import { shellQuote } from '../shell.ts';
import type { Topology } from '../topology.ts';
import { byMoment, type Statement } from './by-moment.ts';
import { appQueryScript, gpuQueryScript } from './query-script.ts';
import { answerCase, printAnswer } from './script-parts.ts';

const byNode = 'by_node "$@"';

const spellings: readonly (readonly string[])[] = [
  ['-L', '--list-gpus'],
  ['mig -lgi'],
  ['mig -lci'],
  ['mig -lgip'],
  ['mig -lgipp'],
  ['topo -m'],
  ['nvlink -s', 'nvlink --status'],
  ['--version'],
  [''],
  ['-q -x', '-x -q'],
];

/** What only a privileged user may ask: whoever may change the simulator. */
const privilegedOnly: ReadonlySet<string> = new Set(['mig -lgi', 'mig -lci']);

const fixedAnswer =
  (paths: SimulatorPaths, variants: readonly string[]): Statement =>
  (topology) => {
    const [first = ''] = variants;
    const guard = privilegedOnly.has(first)
      ? `[ -w ${shellQuote(paths.topology)} ] || by_node "$@"; `
      : '';
    const argumentList = first === '' ? [] : first.split(' ');
    return answerCase(variants, answer(topology, argumentList, timestampMarks), guard);
  };

const query = `query=
case "$#,$1,$2" in
  2,--query-*=?*,--format=*) query=\${1%%=*} fields=\${1#*=} format=\${2#*=} ;;
  2,--format=*,--query-*=?*) query=\${2%%=*} fields=\${2#*=} format=\${1#*=} ;;
esac
case "$format" in
  csv | csv,noheader | csv,nounits | csv,noheader,nounits | csv,nounits,noheader) ;;
  *) query= ;;
esac
first=$1 second=$2
unknown_field() { by_node "$first" "$second"; }`;

const statements = (paths: SimulatorPaths, topology: Topology): readonly Statement[] => {
  if (topology.mode === 'failing') return [printAnswer(driverUnreachable)];
  if (topology.mode === 'mismatch') return [printAnswer(driverMismatch(topology))];
  if (topology.mode === 'hanging') return ['exec sleep 2147483647'];
  const fixed = spellings.map((variants) => fixedAnswer(paths, variants));
  if (topology.devices.length === 0) return [...fixed, printAnswer(noDevices)];
  // Lines about lost GPUs stand between the rows: rare enough to be left to node.
  if (topology.devices.some(hasNoHandle)) return [...fixed, byNode];
  return [
    ...fixed,
    query,
    (present) => `case $query in --query-gpu)\n${gpuQueryScript(present)} ;;\nesac`,
    (present) => `case $query in --query-compute-apps)\n${appQueryScript(present)} ;;\nesac`,
    byNode,
  ];
};

/**
 * Text of the executable `nvidia-smi`. It prints what was rendered beforehand, works out any list
 * of `--query-gpu` fields in sh, and starts node only for the rest or when the topology file is
 * newer than the script, which means that somebody edited it.
 */
export const hostScript = (paths: SimulatorPaths, topology: Topology): string => `#!/bin/sh
by_node() {
  NODE_COMPILE_CACHE=${shellQuote(paths.compileCache)} exec ${shellQuote(process.execPath)} \\
    --disable-warning=ExperimentalWarning ${shellQuote(mainPath)} nvidia-smi ${shellQuote(paths.directory)} "$@"
}
[ ${shellQuote(paths.topology)} -nt ${shellQuote(paths.nvidiaSmi)} ] && by_node "$@"
${byMoment(topology, statements(paths, topology), byNode)}
`;
