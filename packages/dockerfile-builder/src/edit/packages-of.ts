import { readWithinLimits } from '../document/limits.ts';
import { fromWords } from '../document/stages.ts';
import type { DockerfileDocument } from '../document/types.ts';
import type { PackageWord } from './install-command.ts';
import { allInstalls, type RunInstalls } from './installs-of.ts';
import { markedPlace } from './places.ts';
import { requirementFiles } from './requirement-files.ts';
import { type PackageSpec, readSpec, systemName } from './specs.ts';
import { stagesOfFinal } from './stage-facts.ts';
import type { DockerfilePackages } from './types.ts';

/** A package that is there, and where. */
export interface PresentPackage {
  readonly run: RunInstalls;
  readonly word: PackageWord;
}

/** Stages whose packages count as the image's: the final one, those below it, the marked one. */
export function countedStages(document: DockerfileDocument): ReadonlySet<number> {
  const stages = new Set(stagesOfFinal(document, { copied: false }));
  const marked = markedPlace(document, 'python');
  if (marked !== null) stages.add(marked.stage);
  return stages;
}

/** Packages of one kind in some stages. */
export function presentPackages(
  document: DockerfileDocument,
  { kind, stages }: { kind: 'python' | 'system'; stages: ReadonlySet<number> },
): PresentPackage[] {
  return runsIn(document, stages).flatMap((run) =>
    run.chains.flatMap(({ installs }) =>
      installs
        .filter((install) => install.kind === kind)
        .flatMap((install) => install.packages.map((word) => ({ run, word }))),
    ),
  );
}

/** Runs of some stages. */
export const runsIn = (document: DockerfileDocument, stages: ReadonlySet<number>): RunInstalls[] =>
  allInstalls(document).filter(({ instruction }) => stages.has(instruction.stage ?? -1));

/**
 * What a Dockerfile installs in its final stage and those below it, as far as it can be read: packages
 * named by commands that always run, and files given with `-r`. Never fails; nothing of a file that is
 * too long to have been written by somebody.
 */
export function packagesOf(text: string): DockerfilePackages {
  const document = readWithinLimits(text);
  if (document === null) return { python: [], system: [], requirementFiles: [], base: null };
  const stages = countedStages(document);
  const from = document.instructions[document.stages.at(-1)?.from ?? -1];
  const python = presentPackages(document, { kind: 'python', stages });
  const system = presentPackages(document, { kind: 'system', stages });
  return {
    python: python.flatMap(({ run, word: { spec } }) => {
      const name = specOf(spec)?.name;
      return name === undefined ? [] : [{ spec, name, line: run.instruction.startLine }];
    }),
    system: system.flatMap(({ run, word }) => {
      const name = systemName(word.spec);
      return name === null ? [] : [{ name, line: run.instruction.startLine }];
    }),
    requirementFiles: requirementFiles(document, runsIn(document, stages)),
    base: from === undefined ? null : (fromWords(from)[0] ?? null),
  };
}

/** A package of a command as a spec; `null` when it's none. */
export function specOf(text: string): PackageSpec | null {
  const read = readSpec(text);
  return 'reason' in read ? null : read;
}
