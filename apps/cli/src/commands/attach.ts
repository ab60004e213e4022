import { switchFlag } from '@ds01/command-line';
import type { ContainerSummary } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { createDetachKeys } from '../detach-keys.ts';
import { ownTerminal, runSession } from '../terminal-session.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container attach`: connects with the main process; its end is the container's. */
export async function run(given: CommandContext): Promise<number> {
  const applies = ({ state }: ContainerSummary): boolean => state === 'running';
  const context = await withContainer(given, { verb: 'attach to', applies });
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
