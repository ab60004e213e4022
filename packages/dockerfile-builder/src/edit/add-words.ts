import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { shellWord } from '../render/quoting.ts';
import type { TextChange } from './changes.ts';
import { allInstalls, type RunInstalls } from './installs-of.ts';
import { lackOf } from './lacking.ts';
import { inTheWayOf, pythonRun, systemRun, toolOf } from './new-lines.ts';
import { beforeConfiguration, behindHead, isRootBehind, markedPlace } from './places.ts';
import { parentOf, understoodShell } from './stage-facts.ts';
import { appendWords, insertBehind } from './word-changes.ts';

/** A change that adds packages; `index` is the instruction that changes, `null` for a new one. */
export interface Addition {
  readonly change: TextChange;
  readonly index: number | null;
}

type Kind = 'python' | 'system';

/** Adds packages that aren't there, or says why no place is safe. */
export function addWords(
  document: DockerfileDocument,
  { kind, specs }: { kind: Kind; specs: readonly string[] },
): Addition | { readonly reason: string } {
  const runs = allInstalls(document);
  const marked = markedPlace(document, kind);
  const final = document.stages.length - 1;
  const stage = marked?.stage ?? final;
  const lack = lackOf(document, runs, { kind, stage });
  if (lack !== null) return { reason: lack };
  const own = runs.filter(({ instruction }) => instruction.stage === stage);
  const target =
    marked === null
      ? lastExtendable(own, kind)
      : own.find(({ instruction }) => instruction.index === marked.next?.index);
  const place = target === undefined ? null : extensionOf(target, kind);
  if (place !== null && target !== undefined) {
    const words = specs.map(shellWord);
    const change = appendWords(document, target.instruction, { last: place, words });
    return { change, index: target.instruction.index };
  }
  const tool = toolOf(document, runs, stage);
  const lines = inTheWayOf(document, kind === 'python' ? pythonRun(specs, tool) : systemRun(specs));
  if (marked !== null) return { change: insertBehind(document, marked.offset, lines), index: null };
  const behind =
    kind === 'python' ? behindPython(document, own) : behindSystem(document, runs, stage);
  if (behind === undefined) return { reason: 'the last stage has no place for it' };
  if (!understoodShell(document, { ...behind, index: behind.index + 1 })) {
    return { reason: 'SHELL names a shell whose quoting is not known' };
  }
  return { change: insertBehind(document, behind.endOffset, lines), index: null };
}

/** The last run that takes further packages; one that installs from elsewhere behind it forbids it. */
function lastExtendable(runs: readonly RunInstalls[], kind: Kind): RunInstalls | undefined {
  const last = runs.findLast(({ chains }) =>
    chains.some(({ installs }) => installs.some((install) => install.kind === kind)),
  );
  return last !== undefined && extensionOf(last, kind) !== null ? last : undefined;
}

/** Where in a run a further package goes. */
function extensionOf(run: RunInstalls, kind: Kind): { start: number; end: number } | null {
  const commands = run.chains.flatMap((chain) => chain.commands);
  const removes = commands.some(({ words }) =>
    words.some(({ value }) => ['purge', 'remove', 'autoremove', 'uninstall'].includes(value)),
  );
  if (removes) return null;
  const installs = run.chains.flatMap((chain) => chain.installs);
  const install = installs.findLast((each) => each.kind === kind);
  if (install === undefined || !install.plain) return null;
  return install.packages.at(-1)?.word ?? null;
}

/** Behind the last run that has to do with pip, else before what configures the image. */
function behindPython(
  document: DockerfileDocument,
  runs: readonly RunInstalls[],
): DockerfileInstruction | undefined {
  const stage = document.stages.length - 1;
  const last = runs.findLast(({ chains }) =>
    chains.some(({ installs }) => installs.some(({ kind }) => kind === 'python')),
  );
  return last?.instruction ?? beforeConfiguration(document, stage);
}

/**
 * Behind the last run of apt as root, else before the first install of Python packages; in the stage
 * below where only that one has root's rights.
 */
function behindSystem(
  document: DockerfileDocument,
  runs: readonly RunInstalls[],
  stage: number,
): DockerfileInstruction | undefined {
  const own = runs.filter(({ instruction }) => instruction.stage === stage);
  const has = ({ chains }: RunInstalls, kind: Kind) =>
    chains.some(({ installs }) => installs.some((install) => install.kind === kind));
  const apt = own.findLast((run) => has(run, 'system'))?.instruction;
  if (apt !== undefined && isRootBehind(document, apt)) return apt;
  const python = own.find((run) => has(run, 'python'))?.instruction;
  const before = python === undefined ? undefined : document.instructions[python.index - 1];
  if (before?.stage === stage && isRootBehind(document, before)) return before;
  const head = behindHead(document, stage);
  const parent = parentOf(document, stage);
  return head === undefined || parent === null || isRootBehind(document, head)
    ? head
    : behindSystem(document, runs, parent);
}
