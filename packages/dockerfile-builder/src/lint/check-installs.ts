import type { DockerfileDocument } from '../document/types.ts';
import type { PackageWord } from '../edit/install-command.ts';
import { allInstalls, type RunInstalls } from '../edit/installs-of.ts';
import { findingAt } from './finding.ts';
import type { LintFinding } from './types.ts';

/** How RUN installs packages. */
export function checkInstalls(document: DockerfileDocument): LintFinding[] {
  return allInstalls(document).flatMap((run) => {
    const installs = run.chains.flatMap((chain) => chain.installs);
    const python = installs
      .filter(({ kind }) => kind === 'python')
      .flatMap((each) => each.packages);
    return [
      ...checkPins(document, run, python),
      ...python.flatMap((word) => checkRedirect(document, run, word)),
      ...(installs.some(({ kind }) => kind === 'system') ? checkLists(document, run) : []),
    ];
  });
}

function checkPins(
  document: DockerfileDocument,
  { instruction }: RunInstalls,
  packages: readonly PackageWord[],
): LintFinding[] {
  const loose = packages.filter(({ spec }) => !/==|@|:\/\//.test(spec));
  const [first] = loose;
  if (first === undefined) return [];
  const names = loose.slice(0, 3).map(({ spec }) => spec);
  const more = loose.length > 3 ? ` and ${loose.length - 3} more` : '';
  return [
    findingAt(document, instruction, {
      rule: 'pip-unpinned',
      message: `No exact version: ${names.join(', ')}${more}.`,
      hint: "Write 'name==version'; pip freeze in a container shows the versions that work.",
      at: first.word.start,
    }),
  ];
}

function checkRedirect(
  document: DockerfileDocument,
  { instruction }: RunInstalls,
  { spec, word }: PackageWord,
): LintFinding[] {
  if (!word.redirected) return [];
  const message = `The shell takes ${spec} for a redirect, and pip installs any version.`;
  const hint = `Write '${spec}'.`;
  return [
    findingAt(document, instruction, { rule: 'pip-redirect', message, hint, at: word.start }),
  ];
}

function checkLists(document: DockerfileDocument, { instruction }: RunInstalls): LintFinding[] {
  const { logical, flags } = instruction;
  if (/\brm\s[^&;|]*\/var\/lib\/apt\/lists/.test(logical.text)) return [];
  if (flags.some(({ name, value }) => name === 'mount' && value?.includes('/apt') === true))
    return [];
  return [
    findingAt(document, instruction, {
      rule: 'apt-lists-kept',
      message: "apt's package lists stay in the layer.",
      hint: 'End the RUN with "&& rm -rf /var/lib/apt/lists/*".',
    }),
  ];
}
