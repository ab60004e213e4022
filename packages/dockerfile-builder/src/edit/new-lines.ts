import type { DockerfileDocument } from '../document/types.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { aptInstall, pythonCommand } from '../render/installs.ts';
import { multiLine, shellWord } from '../render/quoting.ts';
import { isActivation } from './activation.ts';
import type { RunInstalls } from './installs-of.ts';
import { lineage } from './stage-facts.ts';

/** Lines that DS01 writes, in the way of the file that they go into. */
export const inTheWayOf = ({ escape, newline }: DockerfileDocument, lines: string): string =>
  lines.replaceAll(/\\$/gm, escape).replaceAll('\n', newline);

/** A RUN that installs Python packages as the runs before it do. */
export const pythonRun = (specs: readonly string[], tool: string): string =>
  multiLine(`RUN ${tool}`, specs.map(shellWord));

/** A RUN that installs Debian packages. */
export const systemRun = (names: readonly string[]): string => aptInstall(names);

/**
 * How pip is called in a stage: as the file's recipe does, else as the last of its runs does, or of those
 * of the stages that it is built on; with what activates an environment, and options that any package may
 * have. Debian's pip refuses to work beside apt's packages unless told otherwise.
 */
export function toolOf(
  document: DockerfileDocument,
  runs: readonly RunInstalls[],
  stage: number,
): string {
  const { recipe } = parseDockerfile(document.text);
  if (recipe !== null) return pythonCommand(recipe);
  const tools = lineage(document, stage)
    .toReversed()
    .flatMap((own) => runs.filter(({ instruction }) => instruction.stage === own))
    .flatMap(toolsOf);
  return tools.at(-1) ?? (isAllowed(document) ? usual : `PIP_BREAK_SYSTEM_PACKAGES=1 ${usual}`);
}

function toolsOf({ instruction, chains }: RunInstalls): string[] {
  const { text } = instruction.logical;
  const commands = chains.flatMap((chain) => chain.commands);
  const installs = chains.flatMap((chain) => chain.installs);
  return installs
    .filter(({ kind, tool }) => kind === 'python' && tool.every(({ literal }) => literal))
    .map(({ command, tool }) => {
      const activations = commands
        .filter((each) => each.start < command.start && isActivation(each))
        .map(({ start, end }) => `${text.slice(start, end)} && `);
      const before = text.slice(command.start, command.words[0]?.start).trim();
      const words = tool.map(({ value }) => shellWord(value));
      return (
        activations.join('') + [...(assignments.test(before) ? [before] : []), ...words].join(' ')
      );
    });
}

const usual = 'pip install --no-cache-dir';
/** Assignments in front of a command, on one line and without quotes. */
const assignments = /^[A-Z_]+=[\w./-]*( [A-Z_]+=[\w./-]*)*$/;

const isAllowed = ({ instructions }: DockerfileDocument): boolean =>
  instructions.some(
    ({ keyword, logical }) =>
      keyword === 'ENV' && logical.text.includes('PIP_BREAK_SYSTEM_PACKAGES'),
  );
