import type { DockerfileDocument } from '../document/types.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { aptInstall, pythonCommand } from '../render/installs.ts';
import { multiLine, shellWord } from '../render/quoting.ts';
import type { RunInstalls } from './installs-of.ts';

/** Lines that DS01 writes, in the way of the file that they go into. */
export const inTheWayOf = ({ escape, newline }: DockerfileDocument, lines: string): string =>
  lines.replaceAll(/\\$/gm, escape).replaceAll('\n', newline);

/** A RUN that installs Python packages as the runs before it do. */
export const pythonRun = (specs: readonly string[], tool: string): string =>
  multiLine(`RUN ${tool}`, specs.map(shellWord));

/** A RUN that installs Debian packages. */
export const systemRun = (names: readonly string[]): string => aptInstall(names);

/**
 * How pip is called in a file: as its recipe does, else as the last of some runs does, options included
 * that any package may have. Debian's pip refuses to work beside apt's packages unless told otherwise.
 */
export function toolOf(document: DockerfileDocument, runs: readonly RunInstalls[]): string {
  const { recipe } = parseDockerfile(document.text);
  if (recipe !== null) return pythonCommand(recipe);
  const tools = runs.flatMap(({ instruction, chains }) =>
    chains.flatMap(({ installs }) =>
      installs
        .filter(({ kind, tool }) => kind === 'python' && tool.every(({ literal }) => literal))
        .map(({ command, tool }) => {
          const [first] = command.words;
          const before = instruction.logical.text.slice(command.start, first?.start).trim();
          const words = tool.map(({ value }) => shellWord(value));
          return [...(assignments.test(before) ? [before] : []), ...words].join(' ');
        }),
    ),
  );
  return tools.at(-1) ?? (isAllowed(document) ? usual : `PIP_BREAK_SYSTEM_PACKAGES=1 ${usual}`);
}

const usual = 'pip install --no-cache-dir';
/** Assignments in front of a command, on one line and without quotes. */
const assignments = /^[A-Z_]+=[\w./-]*( [A-Z_]+=[\w./-]*)*$/;

const isAllowed = ({ instructions }: DockerfileDocument): boolean =>
  instructions.some(
    ({ keyword, logical }) =>
      keyword === 'ENV' && logical.text.includes('PIP_BREAK_SYSTEM_PACKAGES'),
  );
