import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { previewExec } from '../preview-exec.ts';
import { openShell } from '../shell.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container run`: start it if needed, then a shell or a command in it. */
export async function run(given: CommandContext): Promise<number> {
  const context = await withContainer(given, {
    verb: 'run',
    applies: ({ state }) => state !== 'paused',
  });
  const { flags, operands, trailing } = context;
  const target = { name: operands[0] ?? '', command: trailing };
  return switchFlag(flags, 'dryRun')
    ? previewExec(context, { ...target, startFirst: true })
    : openShell(context, target);
}
