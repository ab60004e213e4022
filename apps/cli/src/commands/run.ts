import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { previewExec } from '../preview-exec.ts';
import { openShell } from '../shell.ts';

/** `ds01 container run`: start it if needed, then a shell or a command in it. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, trailing } = context;
  const target = { name: operands[0] ?? '', command: trailing };
  return switchFlag(flags, 'dryRun')
    ? previewExec(context, { ...target, startFirst: true })
    : openShell(context, target);
}
