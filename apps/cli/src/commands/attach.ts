import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { createDetachKeys } from '../detach-keys.ts';
import { ownTerminal, runSession } from '../terminal-session.ts';

/** `ds01 container attach`: connects with the main process; its end is the container's. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const name = operands[0] ?? '';
  if (switchFlag(flags, 'dryRun')) {
    const { container } = await runtime.api.call('containers.show', { name }, { signal });
    output.result({ container }, () => `would attach to the main process of ${container.name}`);
    return 0;
  }
  const { tty, size } = ownTerminal();
  if (tty) output.say('Ctrl-P Ctrl-Q leaves; the end of the main process is the container’s.');
  return runSession(
    (options) => runtime.api.session('containers.attach', { name, stdin: true, size }, options),
    { tty, signal, filterInput: createDetachKeys },
  );
}
