import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { containersTable } from '../tables.ts';

/** `ds01-admin containers`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const input = { all: switchFlag(flags, 'all') };
  const { containers } = await runtime.api.call('admin.containers', input, { signal });
  const user = textFlag(flags, 'user');
  const asked = containers.filter((container) => user === null || container.user === user);
  output.result({ containers: asked }, (screen) => containersTable(asked, screen));
  return 0;
}
