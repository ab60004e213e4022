import { instructionsMax, linesMax } from '../document/limits.ts';
import { positionIn } from '../document/position-in.ts';
import type {
  DockerfileDocument,
  DockerfileInstruction,
  DockerfileProblem,
} from '../document/types.ts';

/** A problem at a position of an instruction's logical text. */
export function problemAt(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  { at = 0, ...problem }: { code: string; message: string; hint: string; at?: number },
): DockerfileProblem {
  return { ...problem, ...positionIn(document, instruction, at) };
}

/** A problem of a line. */
export const problemOfLine = (
  line: number,
  problem: { code: string; message: string; hint: string },
): DockerfileProblem => ({ ...problem, line, column: 1 });

/** A Dockerfile that nobody wrote by hand. */
export const tooLong = problemOfLine(1, {
  code: 'dockerfile.too-long',
  message: `The Dockerfile has more than ${instructionsMax} instructions or ${linesMax} lines.`,
  hint: 'Join RUNs with "&&", or put the commands into a script and COPY it.',
});
