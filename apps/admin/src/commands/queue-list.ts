import type { CommandContext } from '../context.ts';
import { adminQueueText } from '../queue-text.ts';

/** `ds01-admin queue list`. */
export async function run({ output, runtime, signal }: CommandContext): Promise<number> {
  const queue = await runtime.api.call('admin.queue', {}, { signal });
  output.result(queue, (screen) => adminQueueText(queue, screen, Date.now()));
  return 0;
}
