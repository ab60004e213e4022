import { columns, type Screen } from '@ds01/command-line';
import type { ImageLintOutput } from '@ds01/contracts';
import { ds01Error, exitCodes, isDs01Error } from '@ds01/contracts/core';
import { analyseBuild, lintDockerfile, type LintOptions } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import type { ImageToBuild } from '../images/build-image.ts';
import { openContext } from '../images/context.ts';
import { personFiles } from '../images/person-files.ts';
import { projectOf, readDockerfileOf } from '../images/project.ts';
import { sourcesOf } from '../images/sources.ts';

/** `ds01 image lint`: 4 when there are mistakes, 0 when there are at most remarks. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output } = context;
  const name = operands[0] ?? (flags['dockerfile'] === undefined ? null : 'image');
  if (name === null) {
    throw ds01Error('usage.invalid', {
      message: 'Which image, or which Dockerfile?',
      hint: 'ds01 image lint thesis',
    });
  }
  const files = await personFiles(context);
  const project = projectOf(name, flags, files);
  const text = await readDockerfileOf(project, files);
  const findings = lintDockerfile(text, await contextFacts(context, { project, text, files }));
  const result: ImageLintOutput = {
    dockerfile: project.dockerfile,
    findings: findings.map((finding) => ({ ...finding })),
  };
  output.result(result, (screen) => findingsText(result, screen));
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.conflict : exitCodes.ok;
}

/** What the context adds; what is wrong with it a build says. */
async function contextFacts(
  { output, signal }: CommandContext,
  { project, text, files }: Pick<ImageToBuild, 'project' | 'text' | 'files'>,
): Promise<LintOptions> {
  const analysis = analyseBuild(text, {});
  const sources = analysis.ok ? sourcesOf(analysis.contextSources) : [];
  const request = { folder: project.context, sources, maxBytes: Number.MAX_SAFE_INTEGER };
  try {
    const opened = await openContext(files, request, signal);
    opened.close();
    const { hasDockerignore, totalBytes, largeFiles } = opened.selection;
    return { hasDockerignore, contextBytes: totalBytes, largeFiles };
  } catch (error) {
    if (!isDs01Error(error)) throw error;
    output.say(`note: ${error.message}`);
    return {};
  }
}

function findingsText({ dockerfile, findings }: ImageLintOutput, screen: Screen): string {
  if (findings.length === 0) return `${dockerfile}: nothing to say`;
  return columns(
    [
      ['LINE', 'WHAT', 'RULE', 'ABOUT'],
      ...findings.map(({ line, severity, rule, message, hint }) => [
        String(line),
        severity,
        rule,
        hint === null ? message : `${message} ${hint}`,
      ]),
    ],
    screen,
  );
}
