import { judgeBuild } from '../analyse/judge-build.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { findingAt, findingOn } from './finding.ts';
import type { LintFinding } from './types.ts';

/** Bases, what is fetched, what the builder can't do and what it would refuse. */
export function checkBuild(document: DockerfileDocument): LintFinding[] {
  const { judged, problems, remoteSources, usesBuildKit } = judgeBuild(document.text, {});
  const at = (line: number) => document.instructions.find(({ startLine }) => startLine === line);
  return [
    ...problems.map(({ code, line, column, message, hint }) =>
      findingOn({ rule: ruleOf(code), message, hint }, { line, column }),
    ),
    ...judged.flatMap(({ instruction, from }) =>
      from?.base.kind === 'external'
        ? checkBase(document, instruction, from.base.image.reference)
        : [],
    ),
    ...remoteSources.flatMap(({ line, kind }) => {
      const instruction = at(line);
      return instruction === undefined || kind === 'variable'
        ? []
        : [fetched(document, instruction)];
    }),
    ...usesBuildKit.flatMap(({ line, what }) => {
      const instruction = at(line);
      if (instruction === undefined) return [];
      const message = `${what} needs BuildKit; builds here run without it.`;
      const hint = 'Do without it: what it does for caching, the layers here do.';
      return [findingAt(document, instruction, { rule: 'needs-buildkit', message, hint })];
    }),
  ];
}

function ruleOf(code: string): 'needs-buildkit' | 'unknown-instruction' | 'unreadable' {
  if (code === 'dockerfile.heredoc') return 'needs-buildkit';
  return code === 'dockerfile.unknown-instruction' ? 'unknown-instruction' : 'unreadable';
}

const fetched = (document: DockerfileDocument, instruction: DockerfileInstruction): LintFinding =>
  findingAt(document, instruction, {
    rule: 'add-remote',
    message: 'ADD fetches from the network.',
    hint: 'Fetch it in a RUN with curl and check its sum, or put the file into the context.',
    at: instruction.bodyAt,
  });

function checkBase(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  reference: string,
): LintFinding[] {
  const at = instruction.bodyAt;
  if (reference.includes('@') || /^[0-9a-f]{12,64}$|^sha256:/.test(reference)) return [];
  const tag = /:([^/:]+)$/.exec(reference)?.[1];
  const hint = `Write a version: ${reference.replace(/:latest$/, '')}:1.2, or add its digest with @sha256:….`;
  if (tag === undefined) {
    const message = `The base ${reference} has no version.`;
    return [findingAt(document, instruction, { rule: 'base-unpinned', message, hint, at })];
  }
  if (tag !== 'latest') return [];
  const message = `The base ${reference} changes whenever somebody publishes another one.`;
  return [findingAt(document, instruction, { rule: 'base-latest', message, hint, at })];
}
