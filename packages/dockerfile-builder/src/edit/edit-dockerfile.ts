import { oddityProblems } from '../analyse/oddity-problems.ts';
import { problemOfLine, tooLong } from '../analyse/problems.ts';
import { printable } from '../analyse/resolve-image.ts';
import { readWithinLimits } from '../document/limits.ts';
import type { DockerfileProblem } from '../document/types.ts';
import { addPackages } from './edit-packages.ts';
import { addRequirements } from './edit-requirements.ts';
import { removePackages } from './edit-removals.ts';
import type { EditOutcome, EditState } from './edit-state.ts';
import { addSystem } from './edit-system.ts';
import { nameToRemove, type PackageSpec, readSpec, systemName } from './specs.ts';
import type { DockerfileEdit, DockerfileEditResult } from './types.ts';

/**
 * Edits a person's Dockerfile: only the lines that have to change do, everything else stays byte for
 * byte. Packages are quoted as one word each; what can't be a package or a path is refused
 * (`edit.package`, `edit.path`), so is a file that builders read differently. Adding a package that is
 * there in another version changes the version. Several edits count as one: all are made or none.
 *
 * @example
 * editDockerfile('FROM python:3.12\n', [{ kind: 'add-packages', packages: ['pandas>=2.0'] }]);
 * // { ok: true, text: "FROM python:3.12\nRUN PIP_BREAK_SYSTEM_PACKAGES=1 pip install --no-cache-dir \\\n    'pandas>=2.0'\n", ... }
 */
export function editDockerfile(
  text: string,
  edits: readonly DockerfileEdit[],
): DockerfileEditResult {
  const document = readWithinLimits(text);
  if (document === null) return { ok: false, problems: [tooLong] };
  const problems = [
    ...oddityProblems(document.oddities.filter(({ kind }) => kind !== 'heredoc')),
    ...edits.flatMap(problemsOf),
  ];
  if (document.stages.length === 0) problems.push(noFrom);
  if (problems.length > 0) return { ok: false, problems };
  let state: EditState = { document, notices: [], alreadyThere: [], notFound: [] };
  for (const edit of edits) {
    const outcome = make(state, edit);
    if ('reason' in outcome) return { ok: false, problems: [unsafe(outcome.reason)] };
    state = outcome;
  }
  const { document: after, ...said } = state;
  return { ok: true, text: after.text, changed: after.text !== text, ...said };
}

function make(state: EditState, edit: DockerfileEdit): EditOutcome {
  if (edit.kind === 'add-packages') return addPackages(state, specsOf(edit.packages));
  if (edit.kind === 'add-system') return addSystem(state, edit.packages);
  if (edit.kind === 'add-requirements') return addRequirements(state, edit.path);
  const kind = edit.kind === 'remove-packages' ? 'python' : 'system';
  return removePackages(state, { kind, packages: edit.packages });
}

const specsOf = (packages: readonly string[]): PackageSpec[] =>
  packages.flatMap((text) => {
    const spec = readSpec(text);
    return 'reason' in spec ? [] : [spec];
  });

function problemsOf(edit: DockerfileEdit): DockerfileProblem[] {
  if (edit.kind === 'add-requirements') return isPath(edit.path) ? [] : [badPath(edit.path)];
  return edit.packages.flatMap((text) => {
    const reason = refusal(edit.kind, text);
    return reason === null ? [] : [badPackage(edit.kind, text, reason)];
  });
}

function refusal(kind: DockerfileEdit['kind'], text: string): string | null {
  if (kind === 'add-packages') {
    const spec = readSpec(text);
    return 'reason' in spec ? spec.reason : null;
  }
  if (kind === 'remove-packages') {
    return nameToRemove(text) === null ? 'it is no name of a package' : null;
  }
  if (kind === 'add-system' && text.includes('*')) return 'its version has to be an exact one';
  return systemName(text) === null ? 'it is no name of a Debian package' : null;
}

/** A path of the context without tricks: relative, printable, no step up. */
const isPath = (path: string): boolean =>
  /^[^/\-\x00-\x1f\x7f-\x9f\u2028\u2029\\`][^\x00-\x1f\x7f-\x9f\u2028\u2029\\`]*$/.test(path) &&
  path.split('/').every((part) => part !== '..' && part !== '.' && part !== '') &&
  path.trim() === path;

const badPackage = (
  kind: DockerfileEdit['kind'],
  text: string,
  reason: string,
): DockerfileProblem =>
  problemOfLine(1, {
    code: 'edit.package',
    message: `"${printable(text)}" can't be a package: ${reason}.`,
    hint: kind.endsWith('-system')
      ? 'Write a name as apt has it, such as libgl1 or libgl1=1.6.0-1.'
      : 'Write a name such as pandas, pandas>=2.0 or torch[extra]; see PEP 508.',
  });

const badPath = (path: string): DockerfileProblem =>
  problemOfLine(1, {
    code: 'edit.path',
    message: `"${printable(path)}" can't be a file of the context.`,
    hint: "Write its path from the Dockerfile's folder, such as requirements.txt.",
  });

const unsafe = (reason: string): DockerfileProblem =>
  problemOfLine(1, {
    code: 'edit.unsafe',
    message: `The Dockerfile isn't edited: ${reason}.`,
    hint: 'Edit the file by hand.',
  });

const noFrom = problemOfLine(1, {
  code: 'dockerfile.no-from',
  message: 'The Dockerfile has no FROM.',
  hint: 'Begin with FROM image.',
});
