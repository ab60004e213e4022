import type { CommandContext } from '../context.ts';

/** `ds01 doctor`: exit 0 when every check passes, else 4. */
export async function run(context: CommandContext): Promise<number> {
  const { output, runtime, signal } = context;
  const report = await runtime.api.call('doctor', {}, { signal });
  output.result(report, () =>
    report.checks
      .map(({ id, ok, severity, message, hint }) => {
        const mark = ok ? (severity === 'warning' ? 'warn' : 'ok  ') : 'FAIL';
        return `${mark}  ${id}: ${message}${hint === null ? '' : `\n      try: ${hint}`}`;
      })
      .join('\n'),
  );
  return report.checks.every(({ ok }) => ok) ? 0 : 4;
}
