import type { HeldSession } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from './context.ts';
import { chooseSession, type SessionChoice } from './kept-sessions.ts';

/**
 * `--dry-run` of `exec` and `run`: says what would be run where, and changes nothing. Fails with
 * `container.not-found`, and with `container.not-running` unless it would be started first.
 */
export async function previewExec(
  context: CommandContext,
  target: {
    readonly name: string;
    readonly command: readonly string[] | null;
    readonly startFirst: boolean;
    /** Which session would be gone back to; none when left out. */
    readonly choice?: SessionChoice;
  },
): Promise<number> {
  const { runtime, signal, output } = context;
  const { name, command, startFirst } = target;
  const { container } = await runtime.api.call('containers.show', { name }, { signal });
  const running = container.state === 'running';
  if (!running && !startFirst) {
    throw ds01Error('container.not-running', {
      message: `${container.name} is not running.`,
      hint: `ds01 container start ${container.name}`,
    });
  }
  const what = command === null ? 'a shell' : command.join(' ');
  const session = await sessionFor(context, target);
  const shown = { container, command, ...(session === null ? {} : { session }) };
  output.result(shown, () => {
    if (session !== null) return `would go back to session ${session.id} of ${container.name}`;
    return running
      ? `would run in ${container.name}: ${what}`
      : `would start ${container.name} and run in it: ${what}`;
  });
  return 0;
}

async function sessionFor(
  { runtime, signal }: CommandContext,
  { name, choice }: { readonly name: string; readonly choice?: SessionChoice },
): Promise<HeldSession | null> {
  if (choice === undefined || choice.another) return null;
  const { sessions } = await runtime.api.call('containers.sessions', { name }, { signal });
  return chooseSession(sessions, choice, { name, nowMs: Date.now() }).resumed;
}
