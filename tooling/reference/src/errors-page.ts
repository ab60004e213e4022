import { errorTable, exitCodes } from '@ds01/contracts';
import { categories, exitCodeTexts } from './exit-codes.ts';
import { code, notice, page, table } from './markdown.ts';

/** The page about every error code. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable);
  return page(
    '# Errors',
    notice,
    'A failed command prints `error (code): what happened` and a line `try:` with what to do next. ' +
      'With `--json`, standard output holds one document `{"error": ...}` with the fields `code`, ' +
      '`detail`, `hint`, `retryable` and `details` (problem details after RFC 9457). Scripts should ' +
      'look at `code`: sentences may change.',
    '"Try again" means that the same command may work a little later without any change.',
    ...categories
      .filter((category) => category !== 'ok')
      .flatMap((category) => [
        `## Exit code ${String(exitCodes[category])}: ${exitCodeTexts[category]}`,
        table(
          ['code', 'what it says', 'try again', 'HTTP'],
          rows
            .filter(([, kind]) => kind.category === category)
            .map(([name, kind]) => [
              code(name),
              kind.title,
              kind.retryable ? 'yes' : 'no',
              String(kind.httpStatus),
            ]),
        ),
      ]),
  );
}
