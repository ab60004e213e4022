import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { changesTable, inDryRun } from '../policy-text.ts';
import { readUntil } from '../read-until.ts';

/** `ds01-admin limits set`. Fails with `usage.invalid` for what isn't `key=value` or `key=`. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [user = '', ...given] = operands;
  const input = {
    user,
    changes: Object.fromEntries(given.map((text) => readChange(text, user))),
    untilMs: readUntil(flags),
    reason: textFlag(flags, 'reason'),
  };
  const result = await runtime.api.call('admin.limits.set', input, { signal });
  const dryRun = switchFlag(flags, 'dryRun');
  output.result(result, (screen) => {
    const { message, change, file } = result;
    const table =
      change === null || change.changes.length === 0 ? [] : [changesTable([change], screen)];
    return [file === null ? message : inDryRun(message, dryRun), ...table].join('\n');
  });
  return 0;
}

function readChange(text: string, user: string): readonly [key: string, value: string | null] {
  const at = text.indexOf('=');
  if (at > 0) {
    const value = text.slice(at + 1).trim();
    return [text.slice(0, at).trim(), value === '' ? null : value];
  }
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(text)} sets nothing: key=value sets a limit, key= takes the override away.`,
    hint: `ds01-admin limits set ${user} max_gpu_equivalents=2`,
  });
}
