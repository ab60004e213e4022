import { join } from 'node:path';
import { z } from 'zod';
import type { DaemonSandbox } from './use-sandbox.ts';

const outcomeSchema = z.strictObject({ read: z.string(), written: z.string() });

/**
 * Reads and then writes a small file in Alice's home, as the daemon does it for her. What was read and
 * `ok`, or the codes of the refusals; throws when that takes long.
 */
export async function useSmallFile(
  sandbox: DaemonSandbox,
  path: string,
  ids: { readonly uid: number; readonly text: string },
): Promise<z.infer<typeof outcomeSchema>> {
  const script = join(import.meta.dirname, 'walls-small-file.ts');
  const words = [process.execPath, '--conditions=@ds01/source', script, 'alice'];
  const line = [...words, String(ids.uid), String(ids.uid), path, ids.text, '/home/alice'];
  return (await sandbox.run(line, { timeoutMs: 15_000 })).json(outcomeSchema);
}
