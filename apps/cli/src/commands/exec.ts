import { listFlag, switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { readVariables } from '../env-file.ts';
import { previewExec } from '../preview-exec.ts';
import { ownTerminal, runSession } from '../terminal-session.ts';

/** `ds01 container exec`: its exit code is the command's. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, runtime, trailing, signal } = context;
  const name = operands[0] ?? '';
  if (trailing === null || trailing.length === 0) {
    throw ds01Error('usage.invalid', {
      message: 'Give the command after --.',
      hint: 'ds01 container exec thesis -- nvidia-smi',
    });
  }
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
