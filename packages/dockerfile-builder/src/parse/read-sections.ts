import { sourceLines } from '../document/lines.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { markerPrefix } from '../render/sections.ts';

/** What stands below one of DS01's markers, up to the next one. */
export interface ReadSection {
  readonly name: string;
  readonly instructions: readonly DockerfileInstruction[];
}

/** The parts of a Dockerfile that begin with a marker, in their order. */
export function readSections(document: DockerfileDocument): ReadSection[] {
  const sections: { name: string; instructions: DockerfileInstruction[] }[] = [];
  let behind = 0;
  for (const instruction of document.instructions) {
    for (const name of markersIn(document.text.slice(behind, instruction.startOffset))) {
      sections.push({ name, instructions: [] });
    }
    sections.at(-1)?.instructions.push(instruction);
    behind = instruction.endOffset;
  }
  return sections;
}

/** Between two instructions there are comments and empty lines only. */
function markersIn(gap: string): string[] {
  return sourceLines(gap, 0).flatMap(({ start, end }) => {
    const line = gap.slice(start, end).trim();
    return line.startsWith(markerPrefix) ? [line.slice(markerPrefix.length)] : [];
  });
}
