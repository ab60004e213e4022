import type { CommandContext } from '../context.ts';
import { statusText } from '../lifecycle-text.ts';

/** `ds01-admin lifecycle status`: exit 4 while nothing is measured or looked at, as without a daemon. */
export async function run({ output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('admin.lifecycle.status', {}, { signal });
  const hasDaemon = runtime.mode === 'daemon';
  output.result(result, (screen) => statusText(result, { hasDaemon, screen }));
  return hasDaemon && result.stalledSince === null ? 0 : 4;
}
