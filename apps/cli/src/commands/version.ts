import type { CommandContext } from '../context.ts';
import { version } from '../version.ts';

/** `ds01 version`: this program's, and whether it talks to a daemon. */
export async function run({ output, runtime }: CommandContext): Promise<number> {
  const { mode } = runtime;
  const result = { version, node: process.version, mode };
  output.result(result, () => `ds01 ${version} (Node ${process.version}, ${mode})`);
  return Promise.resolve(0);
}
