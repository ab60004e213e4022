import { listFlag, switchFlag } from '@ds01/command-line';
import type { ContainerSummary } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { readVariables } from '../env-file.ts';
import { previewExec } from '../preview-exec.ts';
import { ownTerminal, runSession } from '../terminal-session.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container exec`: its exit code is the command's. */
export async function run(given: CommandContext): Promise<number> {
  const { flags, runtime, trailing, signal } = given;
  if (trailing === null || trailing.length === 0) {
    throw ds01Error('usage.invalid', {
      message: 'Give the command after --.',
      hint: 'ds01 container exec thesis -- nvidia-smi',
    });
  }
  const applies = ({ state }: ContainerSummary): boolean => state === 'running';
  const context = await withContainer(given, { verb: 'run it in', applies, asksLater: true });
  const name = context.operands[0] ?? '';
  const env = await readVariables({
    files: listFlag(flags, 'envFile'),
    pairs: listFlag(flags, 'env'),
    own: process.env,
  });
  if (switchFlag(flags, 'dryRun')) {
    return previewExec(context, { name, command: trailing, startFirst: false });
  }
  const terminal = ownTerminal();
  const input = {
    ...terminal,
    name,
    command: [...trailing],
    stdin: true,
    env: { ...terminal.env, ...env },
  };
  return runSession((options) => runtime.api.session('containers.exec', input, options), {
    tty: terminal.tty,
    signal,
  });
}
