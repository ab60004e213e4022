import { join } from 'node:path';
import { columns, type Screen } from '@ds01/command-line';
import type { ImageLintOutput } from '@ds01/contracts';
import { ds01Error, exitCodes } from '@ds01/contracts/core';
import { analyseBuild, lintDockerfile } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import { openContext } from '../images/context.ts';
import { personFiles } from '../images/person-files.ts';
import { projectOf, readDockerfileOf } from '../images/project.ts';
import { sourcesOf } from '../images/sources.ts';

/** `ds01 image lint`: 4 when there are mistakes, 0 when there are at most remarks. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, signal } = context;
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
  const analysis = analyseBuild(text, {});
  const sources = analysis.ok ? sourcesOf(analysis.contextSources) : [];
  const request = { folder: project.context, sources, maxBytes: Number.MAX_SAFE_INTEGER };
  // Nobody reads the archive, so what sends it must not wait for that.
  const looked = new AbortController();
  const { selection } = await openContext(files, request, AbortSignal.any([signal, looked.signal]));
  looked.abort();
  const findings = lintDockerfile(text, {
    hasDockerignore: (await files.readText(join(project.context, '.dockerignore'))) !== null,
    contextBytes: selection.totalBytes,
    largeFiles: selection.largeFiles,
  });
  const result: ImageLintOutput = {
    dockerfile: project.dockerfile,
    findings: findings.map((finding) => ({ ...finding })),
  };
  output.result(result, (screen) => findingsText(result, screen));
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.conflict : exitCodes.ok;
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
