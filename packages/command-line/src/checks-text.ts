import type { DoctorOutput } from '@ds01/contracts';

/** The findings of a doctor, one a line, each with why it matters and its next step. */
export function checksText(checks: DoctorOutput['checks']): string {
  return checks
    .map(({ id, ok, severity, message, hint, why, mend }) => {
      const mark = ok ? (severity === 'warning' ? 'warn' : 'ok  ') : 'FAIL';
      const more = [
        ...(why === undefined ? [] : [`because: ${why}`]),
        ...(hint === null ? [] : [`try: ${hint}`]),
        ...(mend === undefined ? [] : [`--fix would ${mend}`]),
      ];
      return [`${mark}  ${id}: ${message}`, ...more.map((line) => `      ${line}`)].join('\n');
    })
    .join('\n');
}
