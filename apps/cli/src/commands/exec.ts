import { listFlag, switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts';
import { exec } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { envOf } from '../deploy-input.ts';
import { previewExec } from '../preview-exec.ts';
import { ownTerminal, runSession } from '../terminal-session.ts';

/** `ds01 container exec`: its exit code is the command's. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, runtime, trailing, signal } = context;
  if (trailing === null || trailing.length === 0) {
    throw ds01Error('usage.invalid', {
      message: 'Give the command after --.',
      hint: 'ds01 container exec thesis -- nvidia-smi',
    });
  }
  const caller = await runtime.caller('atomic');
  const deps = await runtime.dependencies();
  if (switchFlag(flags, 'dryRun')) {
    const name = operands[0] ?? '';
    return previewExec(context, { deps, caller, name, command: trailing, startFirst: false });
  }
  const terminal = ownTerminal();
  const session = await exec(
    deps,
    caller,
    {
      ...terminal,
      name: operands[0] ?? '',
      command: trailing,
      stdin: true,
      env: { ...terminal.env, ...envOf(listFlag(flags, 'env')) },
      startFirst: false,
    },
    { signal },
  );
  return runSession(session, terminal);
}
