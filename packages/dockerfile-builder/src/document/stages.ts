import type { DockerfileInstruction, DockerfileStage } from './types.ts';

/** Tells which stage each instruction belongs to, and lists the stages. */
export function stagesOf(instructions: readonly Omit<DockerfileInstruction, 'stage'>[]): {
  staged: DockerfileInstruction[];
  stages: DockerfileStage[];
} {
  const staged: DockerfileInstruction[] = [];
  const froms: { name: string | null; from: number; last: number }[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') {
      froms.push({
        name: stageName(instruction),
        from: instruction.index,
        last: instruction.index,
      });
    }
    const current = froms.at(-1);
    if (current !== undefined) current.last = instruction.index;
    staged.push({ ...instruction, stage: froms.length === 0 ? null : froms.length - 1 });
  }
  return { staged, stages: froms.map((stage, index) => ({ index, ...stage })) };
}

/** What follows FROM: the base as written, and the stage's name in lower case. */
export function fromWords({ logical, bodyAt }: Omit<DockerfileInstruction, 'stage'>): string[] {
  return logical.text
    .slice(bodyAt)
    .split(/[\t\v\f\r ]+/)
    .filter((word) => word !== '');
}

function stageName(instruction: Omit<DockerfileInstruction, 'stage'>): string | null {
  const words = fromWords(instruction);
  return words[1]?.toLowerCase() === 'as' ? (words[2]?.toLowerCase() ?? null) : null;
}
