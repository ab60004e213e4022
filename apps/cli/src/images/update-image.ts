import { switchFlag } from '@ds01/command-line';
import type { ImageBuildOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { editDockerfile, type DockerfileEdit } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import { afterFailedUpdate } from './after-failed-update.ts';
import { buildOptionsOf } from './build-image.ts';
import { finish } from './build-result.ts';
import { editByHand } from './edit-by-hand.ts';
import { keepBeside } from './keep-file.ts';
import { personFiles, type PersonFiles } from './person-files.ts';
import { projectOf, readDockerfileOf, type ImageProject } from './project.ts';
import { offerToRecreate } from './recreate.ts';
import {
  copyIntoContext,
  requirementsForContext,
  type FileForContext,
} from './requirement-files.ts';
import { askToReplace } from './write-dockerfile.ts';
import { updateWishesOf, wantsSomething, type UpdateWishes } from './update-wishes.ts';

/** Edits an image's Dockerfile as the flags say, builds it when that changed anything. */
export async function updateImage(context: CommandContext): Promise<number> {
  const { flags, operands, output } = context;
  const [name] = operands;
  const wishes = updateWishesOf(flags);
  if (name === undefined || !wantsSomething(wishes)) {
    throw ds01Error('usage.invalid', {
      message: 'Which image, and what shall become of it?',
      hint: 'ds01 image update thesis --add timm',
    });
  }
  const options = buildOptionsOf(flags);
  const files = await personFiles(context);
  const project = projectOf(name, flags, files);
  const before = await readDockerfileOf(project, files);
  const edited = await edit(files, { project, wishes, before });
  const isPreview = switchFlag(flags, 'dryRun');
  const say = (line: string): void => output.say(`note: ${line}`);
  edited.notices.forEach(say);
  let text = edited.text;
  if (!isPreview) {
    await write(context, files, { project, before, ...edited });
    if (wishes.edit) text = await editByHand(context, files, project.dockerfile);
  }
  const changed = text !== before || edited.files.some(({ isCopied }) => isCopied);
  if (isPreview || (!changed && !wishes.rebuild)) {
    const result: ImageBuildOutput = {
      image: null,
      dockerfile: { path: isPreview ? null : project.dockerfile, text, backup: null },
      notices: [...edited.notices],
    };
    output.result(result, () =>
      changed ? text.trimEnd() : 'nothing changed, so nothing is built',
    );
    return 0;
  }
  if (text !== before) output.say(`changed ${project.dockerfile}`);
  const { notices } = edited;
  const made = { project, text, options, files, backup: null, notices };
  const code = await finish(context, made).catch(async (error: unknown) => {
    if (text !== before) await afterFailedUpdate(context, { error, wishes, project, text, before });
    throw error;
  });
  if (flags['build'] !== false) {
    await offerToRecreate(context, { name: project.name, slug: files.me.slug });
  }
  return code;
}

interface Edited {
  readonly text: string;
  readonly files: readonly FileForContext[];
  readonly notices: readonly string[];
}

async function edit(
  files: PersonFiles,
  task: { readonly project: ImageProject; readonly wishes: UpdateWishes; readonly before: string },
): Promise<Edited> {
  const { project, wishes, before } = task;
  const lists = await Promise.all(
    wishes.requirements.map((given) =>
      requirementsForContext(files, {
        given,
        context: project.context,
        flag: '--requirements',
        refusesLocal: false,
      }),
    ),
  );
  const edits: readonly DockerfileEdit[] = [
    ...wishes.edits,
    ...lists.map(({ path }) => ({ kind: 'add-requirements' as const, path })),
  ];
  const result = editDockerfile(before, edits);
  if (!result.ok) {
    const [first] = result.problems;
    throw ds01Error('dockerfile.invalid', {
      message: result.problems
        .map(({ line, message }) => `${project.dockerfile}, line ${line}: ${message}`)
        .join('\n'),
      hint: first?.hint ?? `ds01 image update ${project.name} --edit`,
      details: { problems: result.problems },
    });
  }
  return {
    text: result.text,
    files: lists.flatMap((list) => list.files),
    notices: [
      ...lists.flatMap((list) => list.notices),
      ...result.notices,
      ...result.alreadyThere.map((what) => `${what} is there already`),
      ...result.notFound.map((what) => `${what} isn’t in ${project.dockerfile}`),
    ],
  };
}

async function write(
  context: CommandContext,
  files: PersonFiles,
  made: Edited & { readonly project: ImageProject; readonly before: string },
): Promise<void> {
  const { project, before, text } = made;
  const world = {
    files,
    mayReplace: (path: string) => askToReplace(context, project.name, path),
    keep: (path: string, old: string) => keepBeside(files, path, old),
  };
  for (const line of await copyIntoContext(world, project.context, made.files)) {
    context.output.say(`note: ${line}`);
  }
  if (text === before) return;
  if ((await files.readText(project.dockerfile)) !== before) {
    throw ds01Error('dockerfile.invalid', {
      message: `${project.dockerfile} was changed by somebody else meanwhile; nothing was written.`,
      hint: 'run the same command again',
    });
  }
  await files.replace(project.dockerfile, text);
}
