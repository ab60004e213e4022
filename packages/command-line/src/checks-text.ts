import type { DoctorOutput } from '@ds01/contracts';

/** The findings of a doctor, one a line, each with its next step. */
export function checksText(checks: DoctorOutput['checks']): string {
  return checks
    .map(({ id, ok, severity, message, hint }) => {
      const mark = ok ? (severity === 'warning' ? 'warn' : 'ok  ') : 'FAIL';
      return `${mark}  ${id}: ${message}${hint === null ? '' : `\n      try: ${hint}`}`;
    })
    .join('\n');
}
