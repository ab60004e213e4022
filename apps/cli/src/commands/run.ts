import { switchFlag, textFlag, type FlagValues } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { previewExec } from '../preview-exec.ts';
import type { SessionChoice } from '../kept-sessions.ts';
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
  const choice = sessionChoiceOf(flags, trailing);
  return switchFlag(flags, 'dryRun')
    ? previewExec(context, { ...target, choice, startFirst: true })
    : openShell(context, { ...target, choice, retireAfter: switchFlag(flags, 'rm') });
}

/** Which session is meant. Fails with `usage.invalid` for flags that contradict each other. */
function sessionChoiceOf(flags: FlagValues, command: readonly string[] | null): SessionChoice {
  const id = textFlag(flags, 'session');
  const takeOver = switchFlag(flags, 'takeOver');
  const another = switchFlag(flags, 'new');
  if ((another || command !== null) && (id !== null || takeOver)) {
    throw ds01Error('usage.invalid', {
      message: '--session and --take-over go back to a session; --new and a command open another.',
      hint: 'ds01 container run thesis --take-over',
    });
  }
  return { another: another || command !== null, id, takeOver };
}
