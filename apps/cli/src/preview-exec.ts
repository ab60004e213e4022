import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from './context.ts';

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
  output.result({ container, command }, () =>
    running
      ? `would run in ${container.name}: ${what}`
      : `would start ${container.name} and run in it: ${what}`,
  );
  return 0;
}
