import { checksText } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';

/** `ds01 doctor`: exit 0 when every check passes, else 4. */
export async function run(context: CommandContext): Promise<number> {
  const { output, runtime, signal } = context;
  const report = await runtime.api.call('doctor', {}, { signal });
  output.result(report, () => checksText(report.checks));
  return report.checks.every(({ ok }) => ok) ? 0 : 4;
}
