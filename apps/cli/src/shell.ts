import type { CommandContext } from './context.ts';
import { ownTerminal, runSession } from './terminal-session.ts';

/** Opens a shell in a container, or runs a command there, starting the container first. */
export async function openShell(
  context: CommandContext,
  target: { readonly name: string; readonly command: readonly string[] | null },
): Promise<number> {
  const { output, runtime, signal } = context;
  const { name, command } = target;
  const terminal = ownTerminal();
  const given = command === null ? null : [...command];
  const input = { ...terminal, name, command: given, stdin: true, startFirst: true };
  const onProgress = (line: string) => output.progress(line);
  const code = await runSession(
    async (options) => {
      const session = await runtime.api.session('containers.exec', input, {
        ...options,
        onProgress,
      });
      output.settle();
      return session;
    },
    { tty: terminal.tty, signal },
  );
  if (command === null) {
    output.say(`${name} goes on running; give its GPU back with: ds01 container retire ${name}`);
  }
  return code;
}
