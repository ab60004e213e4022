import { sourceOffset, sourceOffsetBehind } from '../document/logical-text.ts';
import type { DockerfileDocument } from '../document/types.ts';
import type { ShellCommand } from '../shell/read-commands.ts';
import { isActivation } from './activation.ts';
import { applyChanges, type TextChange } from './changes.ts';
import type { InstallCommand, PackageWord } from './install-command.ts';
import { allInstalls, type InstallChain, type RunInstalls } from './installs-of.ts';
import { removeInstruction, removeWord } from './word-changes.ts';

/** What a removal looks for. */
export interface Removal {
  readonly kind: InstallCommand['kind'];
  readonly stages: ReadonlySet<number>;
  readonly matches: (spec: string) => boolean;
}

/** The text without the first package that matches, and what it was; `null` when there is none. */
export function removeOne(
  document: DockerfileDocument,
  { kind, stages, matches }: Removal,
): { text: string; spec: string; index: number; gone: boolean } | null {
  for (const run of allInstalls(document)) {
    const { stage, index } = run.instruction;
    if (stage === null || !stages.has(stage)) continue;
    for (const chain of run.chains) {
      for (const install of chain.installs) {
        const found = install.packages.find(({ spec }) => matches(spec));
        if (install.kind !== kind || found === undefined) continue;
        const last = install.packages.length === 1 && !install.more;
        const gone = last && isAllOf(run, chain, install.command);
        const changes = gone
          ? [removeInstruction(document, run.instruction)]
          : last
            ? [removeCommand(document, run, { chain, command: install.command })]
            : removePackage(document, run, { install, found });
        return { text: applyChanges(document.text, changes), spec: found.spec, index, gone };
      }
    }
  }
  return null;
}

function removePackage(
  document: DockerfileDocument,
  { instruction }: RunInstalls,
  { install, found }: { install: InstallCommand; found: PackageWord },
): TextChange[] {
  const { words } = install.command;
  const previous = words[words.findIndex(({ start }) => start === found.word.start) - 1];
  const { start, end } = found.word;
  return removeWord(document, instruction, { start, end, previousEnd: previous?.end ?? start });
}

/** Whether the RUN does nothing worth keeping besides this command. */
const isAllOf = (
  { complete }: RunInstalls,
  { commands }: InstallChain,
  command: ShellCommand,
): boolean => complete && commands.every((each) => each === command || isHousekeeping(each));

/** Commands that only serve an installation in the same RUN. */
function isHousekeeping(each: ShellCommand): boolean {
  const { words } = each;
  const [name = '', ...rest] = words.map(({ value }) => value);
  const verbs = rest.filter((word) => !word.startsWith('-'));
  if (name === 'apt-get' || name === 'apt') {
    return ['update', 'clean', 'autoclean'].includes(verbs[0] ?? '') && verbs.length === 1;
  }
  if (name === 'rm') return verbs.every((path) => /^\/var\/(lib|cache)\/apt\//.test(path));
  return name === 'set' || isActivation(each);
}

/** Takes a command out of its chain with one `&&`; where that can't be told apart it becomes `true`. */
function removeCommand(
  { text }: DockerfileDocument,
  { instruction, complete }: RunInstalls,
  { chain, command }: { chain: InstallChain; command: ShellCommand },
): TextChange {
  const { logical } = instruction;
  const at = chain.commands.indexOf(command);
  const previous = chain.commands[at - 1];
  const next = chain.commands[at + 1];
  const start = sourceOffset(logical, command.start);
  const end = sourceOffsetBehind(logical, command.end);
  const [first] = command.words;
  const last = command.words.at(-1);
  if (first !== undefined && last !== undefined && last.end < command.end) {
    // What it prints goes somewhere, where another command may look for it.
    const [from, to] = [sourceOffset(logical, first.start), sourceOffsetBehind(logical, last.end)];
    return { start: from, end: to, text: 'true' };
  }
  const isPlain = (from: number, to: number) =>
    !/^[ \t]*#|\n[ \t]*\r?\n/m.test(text.slice(from, to));
  if (complete && previous !== undefined) {
    const from = sourceOffsetBehind(logical, previous.end);
    if (isPlain(from, end)) return { start: from, end, text: '' };
  }
  if (complete && previous === undefined && next !== undefined) {
    const to = sourceOffset(logical, next.start);
    if (isPlain(start, to)) return { start, end: to, text: '' };
  }
  return { start, end, text: 'true' };
}
