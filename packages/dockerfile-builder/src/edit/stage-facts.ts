import { fromWords } from '../document/stages.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { jsonWords } from '../analyse/words.ts';

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh']);

/** Whether RUN at an instruction is read by a shell with POSIX quoting. */
export function understoodShell(
  document: DockerfileDocument,
  { index, stage }: Pick<DockerfileInstruction, 'index' | 'stage'>,
): boolean {
  const shell = lastBefore(document, 'SHELL', { index, stage });
  if (shell === undefined) return true;
  const words = jsonWords(shell.logical.text.slice(shell.bodyAt).trim());
  if (words === null || words === 'unclear') return false;
  const last = words.at(-1) ?? '';
  return (
    /^-[a-z]*c[a-z]*$/.test(last) &&
    words.some((word) => shells.has(word.slice(word.lastIndexOf('/') + 1)))
  );
}

/**
 * The last instruction of a kind that counts at an index: in its stage, else in those that the stage is
 * built on.
 */
export function lastBefore(
  document: DockerfileDocument,
  keyword: string,
  { index, stage }: Pick<DockerfileInstruction, 'index' | 'stage'>,
): DockerfileInstruction | undefined {
  for (const own of stage === null ? [] : lineage(document, stage)) {
    const found = document.instructions.findLast(
      (each) => each.index < index && each.stage === own && each.keyword === keyword,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A stage and those that it is built on, the nearest first. */
export function lineage(document: DockerfileDocument, stage: number): number[] {
  const stages: number[] = [];
  for (let at: number | null = stage; at !== null; at = parentOf(document, at)) stages.push(at);
  return stages;
}

/** Index of the stage that a stage is built on; `null` for an image. */
export function parentOf(
  { instructions, stages }: DockerfileDocument,
  stage: number,
): number | null {
  const from = instructions[stages[stage]?.from ?? -1];
  const base = from === undefined ? undefined : fromWords(from)[0]?.toLowerCase();
  const parent = stages.find(({ name, index }) => index < stage && name !== null && name === base);
  return parent?.index ?? null;
}

/** Stages whose files the final one has, by FROM; `copied`: and by COPY --from. */
export function stagesOfFinal(
  document: DockerfileDocument,
  { copied }: { copied: boolean },
): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (stage: number | null): void => {
    if (stage === null || found.has(stage)) return;
    found.add(stage);
    visit(parentOf(document, stage));
    if (copied) for (const other of copiedFrom(document, stage)) visit(other);
  };
  visit(document.stages.length === 0 ? null : document.stages.length - 1);
  return found;
}

function copiedFrom({ instructions, stages }: DockerfileDocument, stage: number): number[] {
  return instructions.flatMap(({ stage: own, keyword, flags }) => {
    if (own !== stage || keyword !== 'COPY') return [];
    const from = flags.find(({ name }) => name === 'from')?.value?.toLowerCase();
    const other = stages.find(({ name, index }) => name === from || String(index) === from);
    return other === undefined || other.index >= stage ? [] : [other.index];
  });
}

/** Whether a USER instruction names root. */
export const isRoot = ({ logical, bodyAt }: DockerfileInstruction): boolean =>
  /^["']?(root|0)["']?(:|$)/.test(logical.text.slice(bodyAt).trim());
