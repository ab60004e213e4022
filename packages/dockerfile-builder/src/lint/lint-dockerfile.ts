import { tooLong } from '../analyse/problems.ts';
import { readWithinLimits } from '../document/limits.ts';
import { checkBuild } from './check-build.ts';
import { checkContinuations } from './check-continuations.ts';
import { checkContext } from './check-context.ts';
import { checkInstalls } from './check-installs.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkStart } from './check-start.ts';
import { findingOn } from './finding.ts';
import type { LintFinding, LintOptions } from './types.ts';

/**
 * Looks a Dockerfile through: findings in the order of their lines, each with the id of its rule (see
 * `lintRules`) and what to write instead. Never fails; a value that may be a secret is never repeated.
 *
 * @example
 * lintDockerfile('FROM python\nRUN pip install pandas>=2\n').map(({ rule, line }) => `${line} ${rule}`);
 * // ['1 base-unpinned', '1 root-at-end', '2 pip-unpinned', '2 pip-redirect']
 */
export function lintDockerfile(text: string, options: LintOptions = {}): LintFinding[] {
  const document = readWithinLimits(text);
  if (document === null) return [findingOn({ ...tooLong, rule: 'unreadable' }, tooLong)];
  return [
    ...checkBuild(document),
    ...checkContinuations(document),
    ...checkInstalls(document),
    ...checkSecrets(document),
    ...checkContext(document, options),
    ...checkStart(document),
  ].toSorted((a, b) => a.line - b.line || a.column - b.column);
}
