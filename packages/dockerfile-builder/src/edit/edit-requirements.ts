import { copyInput, inputPath } from '../render/installs.ts';
import { shellWord } from '../render/quoting.ts';
import { markerPrefix, sectionNames, sectionText } from '../render/sections.ts';
import type { TextChange } from './changes.ts';
import { commentLines } from './comments.ts';
import { changed, type EditOutcome, type EditState } from './edit-state.ts';
import { allInstalls, type RunInstalls } from './installs-of.ts';
import { lackOf } from './lacking.ts';
import { inTheWayOf, toolOf } from './new-lines.ts';
import { countedStages, runsIn } from './packages-of.ts';
import { beforeConfiguration, markedPlace, stageAt } from './places.ts';
import { requirementFiles } from './requirement-files.ts';
import { understoodShell } from './stage-facts.ts';
import { insertBehind } from './word-changes.ts';

/** Copies a requirements file of the context and installs from it, before single packages. */
export function addRequirements(state: EditState, path: string): EditOutcome {
  const { document } = state;
  const files = requirementFiles(document, runsIn(document, countedStages(document)));
  if (files.some((file) => file.path === path)) {
    return { ...state, alreadyThere: [...state.alreadyThere, path] };
  }
  const stage = markedPlace(document, 'python')?.stage ?? document.stages.length - 1;
  const runs = allInstalls(document);
  const lack = lackOf(document, runs, { kind: 'python', stage });
  if (lack !== null) return { reason: lack };
  const own = runs.filter(({ instruction }) => instruction.stage === stage);
  const tool = toolOf(document, runs, stage);
  const lines = [copyInput(path), `RUN ${tool} -r ${shellWord(inputPath(path))}`];
  const change =
    inSections(state, { stage, lines }) ?? behindInstalls(state, { stage, lines, own });
  if ('reason' in change) return change;
  const after = changed(document, [change], { added: 2 });
  return after === null
    ? { reason: 'the file can not be added without touching other lines' }
    : { ...state, document: after };
}

/** In a file that DS01 wrote: a part of its own before the parts with packages. */
function inSections(
  { document }: EditState,
  { stage, lines: instructions }: { stage: number; lines: readonly string[] },
): TextChange | null {
  const begin = markerPrefix.slice(1).trim();
  const names = [`${sectionNames.group} `, sectionNames.additional];
  const part = commentLines(document).find(
    ({ text, start }) =>
      stageAt(document, start) === stage &&
      names.some((name) => text.startsWith(`${begin} ${name}`)),
  );
  if (part === undefined) return null;
  const section = sectionText({ name: sectionNames.requirements, instructions }).slice(1);
  const { start } = part;
  return { start, end: start, text: inTheWayOf(document, `${section}\n`) };
}

function behindInstalls(
  { document }: EditState,
  { stage, lines, own }: { stage: number; lines: readonly string[]; own: readonly RunInstalls[] },
): TextChange | { reason: string } {
  const last = own.findLast(({ chains }) =>
    chains.some(({ installs }) => installs.some(({ kind }) => kind === 'python')),
  );
  const behind = last?.instruction ?? beforeConfiguration(document, stage);
  if (behind === undefined) return { reason: 'the last stage has no place for it' };
  if (!understoodShell(document, { ...behind, index: behind.index + 1 })) {
    return { reason: 'SHELL names a shell whose quoting is not known' };
  }
  return insertBehind(document, behind.endOffset, inTheWayOf(document, lines.join('\n')));
}
