import { readDockerfile } from './read-dockerfile.ts';
import type { DockerfileDocument } from './types.ts';

/** More instructions than any engine has layers for. */
export const instructionsMax = 2000;
/** Lines of a Dockerfile, of all its instructions and comments together. */
export const linesMax = 20_000;
/** Bytes of an instruction in one line: the engine reads 65,535 with the rest of the line. */
export const instructionMaxBytes = 60_000;

/**
 * Reads a Dockerfile of a size that somebody may have written; `null` for more lines or instructions,
 * which would cost others of a service their time.
 */
export function readWithinLimits(text: string): DockerfileDocument | null {
  if (text.split('\n', linesMax + 1).length > linesMax) return null;
  const document = readDockerfile(text);
  return document.instructions.length > instructionsMax ? null : document;
}
