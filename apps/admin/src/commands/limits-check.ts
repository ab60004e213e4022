import { formatProblem } from '@ds01/limits';
import { callEvenDirectly } from '../call-directly.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin limits check`: exit 4 when the files can't be used as they are. */
export async function run(context: CommandContext): Promise<number> {
  const { result } = await callEvenDirectly(context, 'admin.limits.check', {});
  const { problems, stale, valid } = result;
  context.output.result(result, () =>
    [
      ...problems.map(formatProblem),
      valid ? 'the files are valid' : 'the files are not valid',
      ...(stale ? ['the last good copy is in force'] : []),
    ].join('\n'),
  );
  return valid ? 0 : 4;
}
