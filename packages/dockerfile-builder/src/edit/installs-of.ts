import { instructionMaxBytes } from '../document/limits.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { readCommands, type ShellCommand } from '../shell/read-commands.ts';
import { type InstallCommand, readInstall } from './install-command.ts';
import { understoodShell } from './stage-facts.ts';

/** A RUN and what it installs; positions in commands are those of `logical.text`. */
export interface RunInstalls {
  readonly instruction: DockerfileInstruction;
  /** Chains of commands joined by `&&`, in order; each with the installs among them. */
  readonly chains: readonly InstallChain[];
  /** Whether nothing else runs in it: no condition, loop, pipe or second line. */
  readonly complete: boolean;
}

/** Commands joined by `&&`. */
export interface InstallChain {
  readonly commands: readonly ShellCommand[];
  readonly installs: readonly InstallCommand[];
}

/** What a RUN installs; `null` when it can't be read: JSON form, a heredoc, another shell, too long. */
function installsOf(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
): RunInstalls | null {
  const { keyword, logical, bodyAt, heredocs } = instruction;
  if (keyword !== 'RUN' || heredocs.length > 0) return null;
  if (logical.text.length > instructionMaxBytes) return null;
  if (!understoodShell(document, instruction)) return null;
  const body = logical.text.slice(bodyAt);
  if (body.startsWith('[')) return null;
  const read = readCommands(body);
  if (read === null) return null;
  const chains = read.chains.map(({ commands: found }) => {
    const commands = found.map((command) => moved(command, bodyAt));
    const installs = commands.map(readInstall).filter((install) => install !== null);
    return { commands, installs };
  });
  return { instruction, chains, complete: read.complete && chains.length === 1 };
}

const moved = ({ start, end, words }: ShellCommand, by: number): ShellCommand => ({
  start: start + by,
  end: end + by,
  words: words.map((word) => ({ ...word, start: word.start + by, end: word.end + by })),
});

/** Every RUN of the file that can be read. */
export const allInstalls = (document: DockerfileDocument): RunInstalls[] =>
  document.instructions
    .map((instruction) => installsOf(document, instruction))
    .filter((run) => run !== null);
