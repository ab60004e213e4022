import { judgeBuild } from '../analyse/judge-build.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { allInstalls } from '../edit/installs-of.ts';
import { findingAt, findingOn } from './finding.ts';
import type { LintFinding, LintOptions } from './types.ts';

/** From here on a file is data that belongs into a mount. */
const largeBytes = 100_000_000;

/** What is copied, when, and how much of it. */
export function checkContext(document: DockerfileDocument, options: LintOptions): LintFinding[] {
  const { contextSources } = judgeBuild(document.text, {});
  const copies = contextSources.flatMap(({ line, sources }) => {
    const instruction = document.instructions.find(({ startLine }) => startLine === line);
    return instruction === undefined ? [] : [{ instruction, sources }];
  });
  const whole = copies.filter(({ sources }) => sources?.includes('.') === true);
  const all = whole[0]?.instruction;
  const findings = whole.flatMap(({ instruction }) => checkOrder(document, instruction));
  if (options.hasDockerignore === false && all !== undefined) {
    const message = 'Everything in the folder is copied: .git, caches, data and keys too.';
    const hint = 'Put a .dockerignore beside the Dockerfile; image create writes one.';
    findings.push(findingAt(document, all, { rule: 'no-dockerignore', message, hint }));
  }
  const large = (options.largeFiles ?? []).filter(({ bytes }) => bytes > largeBytes);
  for (const { path, bytes } of large) {
    const taker = copies.find(({ sources }) => takes(sources, path))?.instruction ?? all;
    findings.push(largeData(document, taker, `${path} has ${megabytes(bytes)}`));
  }
  const { contextBytes = 0 } = options;
  if (large.length === 0 && contextBytes > largeBytes) {
    findings.push(largeData(document, all, `The context has ${megabytes(contextBytes)}`));
  }
  return findings;
}

const takes = (sources: readonly string[] | null, path: string): boolean =>
  sources === null || sources.some((source) => path === source || path.startsWith(`${source}/`));

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;

function largeData(
  document: DockerfileDocument,
  instruction: DockerfileInstruction | undefined,
  what: string,
): LintFinding {
  const said = {
    rule: 'large-context',
    message: `${what}; it would be sent with every build and stay in a layer.`,
    hint: 'Name it in .dockerignore and keep it in the workspace, which the container sees anyway.',
  } as const;
  return instruction === undefined
    ? findingOn(said, { line: 1, column: 1 })
    : findingAt(document, instruction, said);
}

function checkOrder(document: DockerfileDocument, copy: DockerfileInstruction): LintFinding[] {
  const later = allInstalls(document).some(
    ({ instruction, chains }) =>
      instruction.index > copy.index &&
      instruction.stage === copy.stage &&
      chains.some(({ installs }) =>
        installs.some(({ packages, files }) => packages.length > 0 || files.length > 0),
      ),
  );
  if (!later) return [];
  return [
    findingAt(document, copy, {
      rule: 'copy-before-install',
      message:
        'Everything is copied before packages are installed; a changed file installs them anew.',
      hint: 'Copy the requirements file first, install, and copy the rest behind it.',
    }),
  ];
}
