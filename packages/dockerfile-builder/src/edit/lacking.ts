import { fromWords } from '../document/stages.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import type { RunInstalls } from './installs-of.ts';
import { lineage } from './stage-facts.ts';
import { baseName } from './tool-words.ts';

const otherInstallers = new Set(['apk', 'dnf', 'microdnf', 'yum', 'zypper', 'pacman', 'tdnf']);

/** Why nothing of a kind can be installed in a stage, when the file shows it; `null` when it may work. */
export function lackOf(
  document: DockerfileDocument,
  runs: readonly RunInstalls[],
  { kind, stage }: { kind: 'python' | 'system'; stage: number },
): string | null {
  const stages = lineage(document, stage);
  const own = document.instructions.filter((each) => stages.includes(each.stage ?? -1));
  const from = document.instructions[document.stages[stages.at(-1) ?? 0]?.from ?? 0];
  const base = from === undefined ? '' : (fromWords(from)[0] ?? '');
  if (base === 'scratch' && !own.some(bringsPrograms)) {
    return 'the image is built on scratch, where no command can run';
  }
  if (kind === 'python') return null;
  const counted = runs.filter(({ instruction }) => stages.includes(instruction.stage ?? -1));
  const chains = counted.flatMap((run) => run.chains);
  if (chains.some(({ installs }) => installs.some((install) => install.kind === 'system'))) {
    return null;
  }
  const other = chains
    .flatMap(({ commands }) => commands.map(({ words }) => baseName(words[0]?.value ?? '')))
    .find((name) => otherInstallers.has(name));
  if (other !== undefined) return `its image has ${other} instead of apt`;
  return /\balpine/i.test(base) ? `${base} has apk instead of apt` : null;
}

/** Whether programs may come with it: `COPY --from=x / /`, of /bin or /usr, an archive. */
const bringsPrograms = ({ keyword, logical, bodyAt }: DockerfileInstruction): boolean =>
  keyword === 'ADD' ||
  (keyword === 'COPY' && /(^|[\s"[,])\/(bin|usr)?\/?["\s,]/.test(logical.text.slice(bodyAt)));
