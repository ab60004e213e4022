import { join } from 'node:path';
import { confirm, switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import { starterDockerignore } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { keepBeside } from './keep-file.ts';
import type { PersonFiles } from './person-files.ts';
import type { ImageProject } from './project.ts';
import { copyIntoContext, type FileForContext } from './requirement-files.ts';

/** What writing did, besides the Dockerfile itself. */
export interface WrittenProject {
  /** Where the Dockerfile of before is kept; `null` when there was none. */
  readonly backup: string | null;
  readonly notices: readonly string[];
}

/**
 * Writes the Dockerfile of a project, the files that it copies and a `.dockerignore` where there is
 * none. What is there already is replaced only after a yes or with `--force`, and kept beside it. Fails
 * with `dockerfile.exists`, `operation.interrupted`, `file.*`.
 */
export async function writeProject(
  context: CommandContext,
  files: PersonFiles,
  made: {
    readonly project: ImageProject;
    readonly text: string;
    readonly files: readonly FileForContext[];
  },
): Promise<WrittenProject> {
  const { project, text } = made;
  const keep = (path: string, old: string) => keepBeside(files, path, old);
  const mayReplace = (path: string) => askToReplace(context, project.name, path);
  await files.makeFolder(project.context);
  const before = await files.readText(project.dockerfile);
  if (before !== null && before !== text) await mayReplace(project.dockerfile);
  const world = { files, mayReplace, keep };
  const notices = [...(await copyIntoContext(world, project.context, made.files))];
  const ignored = await files.create(join(project.context, '.dockerignore'), starterDockerignore());
  if (ignored) notices.push(`wrote ${project.context}/.dockerignore: data stays out of images`);
  if (before === text) return { backup: null, notices };
  if (before === null) {
    if (await files.create(project.dockerfile, text)) return { backup: null, notices };
    throw exists(project.name, project.dockerfile);
  }
  const backup = await keep(project.dockerfile, before);
  await files.replace(project.dockerfile, text);
  return { backup, notices };
}

/** Asks at a terminal; elsewhere only `--force` and `--yes` replace a file. */
export async function askToReplace(
  context: CommandContext,
  name: string,
  path: string,
): Promise<void> {
  const { flags } = context;
  if (switchFlag(flags, 'force') || switchFlag(flags, 'yes')) return;
  if (!mayAsk(context)) throw exists(name, path);
  await confirm(context, `Replace ${path}? What it has is kept beside it.`);
}

function exists(name: string, path: string) {
  return ds01Error('dockerfile.exists', {
    message:
      `There is a ${path} already. "image build" builds from what is there, "image update" changes ` +
      'it; --force writes a new one and keeps the old one beside it.',
    hint: `ds01 image build ${name}`,
    details: { path },
  });
}
