import { exec, type Caller, type ControlPlaneDependencies } from '@ds01/control-plane';
import type { CommandContext } from './context.ts';
import { runSession } from './terminal-session.ts';

/** Opens a shell in a container, or runs a command there, starting the container first. */
export async function openShell(
  context: CommandContext,
  target: {
    readonly deps: ControlPlaneDependencies;
    readonly caller: Caller;
    readonly name: string;
    readonly command: readonly string[] | null;
  },
): Promise<number> {
  const { deps, caller, name, command } = target;
  const tty = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const session = await exec(
    deps,
    caller,
    { name, command, tty, stdin: true, env: {}, startFirst: true },
    { signal: context.signal, onProgress: (line) => context.output.say(line) },
  );
  const code = await runSession(session, { tty });
  if (command === null) {
    context.output.say(`${name} goes on running; give its GPU back with: ds01 container retire ${name}`);
  }
  return code;
}
