import { ds01Error } from '@ds01/contracts';
import { formatProblem } from '@ds01/limits';
import type { CommandContext } from '../context.ts';
import { changesTable } from '../policy-text.ts';

/**
 * `ds01-admin limits diff`: exit 4 when the folder has errors, so that it would not take effect. Fails
 * with `usage.invalid` for a folder without configuration files.
 */
export async function run({ operands, output, runtime, signal }: CommandContext): Promise<number> {
  const [folder = ''] = operands;
  const { readConfigFolder } = await import('@ds01/composition');
  const found = readConfigFolder(folder);
  const unreadable = found.find(({ text }) => text === null);
  if (found.length === 0 || unreadable !== undefined) {
    throw ds01Error('usage.invalid', {
      message:
        unreadable === undefined
          ? `${folder} has no configuration files.`
          : `${unreadable.path} can’t be read: ${unreadable.error ?? 'nobody knows why'}.`,
      hint: 'ds01-admin limits diff /etc/ds01',
    });
  }
  const files = found.map(({ path, text }) => ({ path, text: text ?? '' }));
  const result = await runtime.api.call('admin.limits.diff', { files }, { signal });
  const isBroken = result.problems.some(({ severity }) => severity === 'error');
  output.result(result, (screen) =>
    [
      ...result.problems.map(formatProblem),
      isBroken
        ? 'these files have errors and would not take effect'
        : changesTable(result.users, screen),
    ].join('\n'),
  );
  return isBroken ? 4 : 0;
}
