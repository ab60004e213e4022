import type { DockerfileDocument } from '../document/types.ts';
import { aptInstall } from '../render/installs.ts';
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

/** How the last of some runs calls pip, options included that any package may have. */
export function toolOf(runs: readonly RunInstalls[]): string {
  const install = runs
    .flatMap(({ chains }) => chains.flatMap(({ installs }) => installs))
    .findLast(({ kind, tool }) => kind === 'python' && tool.every(({ literal }) => literal));
  return install === undefined
    ? 'pip install --no-cache-dir'
    : install.tool.map(({ value }) => shellWord(value)).join(' ');
}
