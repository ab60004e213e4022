import { exec, type Caller, type ControlPlaneDependencies } from '@ds01/control-plane';
import type { CommandContext } from './context.ts';
import { ownTerminal, runSession } from './terminal-session.ts';

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
  const terminal = ownTerminal();
  const session = await exec(
    deps,
    caller,
    { ...terminal, name, command, stdin: true, startFirst: true },
    { signal: context.signal, onProgress: (line) => context.output.say(line) },
  );
  const code = await runSession(session, terminal);
  if (command === null) {
    context.output.say(
      `${name} goes on running; give its GPU back with: ds01 container retire ${name}`,
    );
  }
  return code;
}
