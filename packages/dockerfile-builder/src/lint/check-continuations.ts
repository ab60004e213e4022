import { printable } from '../analyse/resolve-image.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { findingAt } from './finding.ts';
import type { LintFinding } from './types.ts';

/** Begins a line like an instruction, as people write them: in capitals and not indented. */
const looksLikeOne =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|LABEL|RUN|USER|VOLUME|WORKDIR)[ \t]+\S/;

/** Instructions that became arguments of the one above, whose last line ends in an escape character. */
export const checkContinuations = (document: DockerfileDocument): LintFinding[] =>
  document.instructions.flatMap((instruction) => swallowed(document, instruction));

function swallowed(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
): LintFinding[] {
  const { text, escape } = document;
  const { pieces } = instruction.logical;
  const found = pieces
    .slice(1)
    .find(({ offset }) => looksLikeOne.test(text.slice(offset, offset + 40)));
  if (found === undefined) return [];
  const keyword = looksLikeOne.exec(text.slice(found.offset, found.offset + 40))?.[1] ?? '';
  return [
    findingAt(document, instruction, {
      rule: 'swallowed-instruction',
      message: `${keyword} is part of the ${printable(instruction.keyword)} above, which goes on behind its "${escape}".`,
      hint: `Remove the last "${escape}" above it; comments and empty lines don't end an instruction.`,
      at: found.at,
    }),
  ];
}
