import type { CommandContext } from '../context.ts';
import { version } from '../version.ts';

/** `ds01 version`. */
export async function run({ output }: CommandContext): Promise<number> {
  const result = { version, node: process.version, mode: 'embedded' as const };
  output.result(result, () => `ds01 ${version} (Node ${process.version}, embedded)`);
  return Promise.resolve(0);
}
