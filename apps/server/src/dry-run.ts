import { ds01Error } from '@ds01/contracts';

/**
 * Whether a request is to change nothing, from `dryRun` in its query. Anything but one `true` or
 * `false` fails with `request.invalid`: a person who wanted to try must not change something.
 */
export function dryRunOf(values: readonly string[]): boolean {
  const [value = 'false', ...more] = values;
  if (more.length === 0 && (value === 'true' || value === 'false')) return value === 'true';
  throw ds01Error('request.invalid', {
    message: 'dryRun was not understood.',
    hint: 'give dryRun=true or dryRun=false once',
  });
}

/** Fails with `request.invalid`: a process inside can't be run without changing anything. */
export function refuseDryRun(dryRun: boolean): void {
  if (!dryRun) return;
  throw ds01Error('request.invalid', {
    message: 'A session can’t be tried without running something.',
    hint: 'leave dryRun out',
  });
}
