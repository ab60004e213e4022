import { answer } from '../answer.ts';
import { timestampMarks } from '../render/timestamps.ts';
import type { Topology } from '../topology.ts';
import { byMoment, type Statement } from './by-moment.ts';
import { appQueryScript, gpuQueryScript } from './query-script.ts';
import { answerCase } from './script-parts.ts';

/** Longer documents are left out: every call in the container would have to read them. */
const longestDocument = 64 * 1024;

const spellings: readonly (readonly string[])[] = [
  ['-L', '--list-gpus'],
  [''],
  ['--version'],
  ['topo -m'],
  ['-q -x', '-x -q'],
];

const clock = "$(date '+%Y/%m/%d %H:%M:%S.000')";

const fixedAnswer =
  (variants: readonly string[]): Statement =>
  (topology) => {
    const [first = ''] = variants;
    const text = answer(topology, first === '' ? [] : first.split(' '), timestampMarks);
    return text.stdout.length > longestDocument ? '' : answerCase(variants, text);
  };

const query = `query=
case "$#,$1,$2" in
  2,--query-*=?*,--format=csv*) query=\${1%%=*} fields=\${1#*=} format=\${2#*=} ;;
  2,--format=csv*,--query-*=?*) query=\${2%%=*} fields=\${2#*=} format=\${1#*=} ;;
esac
unknown_field() {
  printf 'Field "%s" is not a valid field to query.\\n\\n' "$name"
  exit 2
}`;

const statements: readonly Statement[] = [
  ...spellings.map(fixedAnswer),
  query,
  (topology) => `case $query in --query-gpu)\n${gpuQueryScript(topology, clock)} ;;\nesac`,
  (topology) => `case $query in --query-compute-apps)\n${appQueryScript(topology, clock)} ;;\nesac`,
  `echo 'nvidia-smi: simulated GPU; inside a container it answers: no arguments, -L, -q -x, --query-gpu, --query-compute-apps, topo -m, --version'
exit 2
`,
];

/**
 * Text of the `nvidia-smi` inside a container: sh as busybox has it, no other program than `date`.
 * Answers `-L`, the table, `--version`, `topo -m`, `--query-gpu`, `--query-compute-apps`, and
 * `-q -x` unless that is very long. `topology` is what the container sees.
 */
export const containerScript = (topology: Topology): string =>
  `#!/bin/sh\n${byMoment(topology, statements)}`;
