import { switchFlag } from '@ds01/command-line';
import type { ImageBuildOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { renderDockerfile } from '@ds01/dockerfile-builder';
import type { CommandContext } from '../context.ts';
import { buildFromProject } from '../images/build-from-project.ts';
import { buildOptionsOf } from '../images/build-image.ts';
import { finish } from '../images/build-result.ts';
import { baseFor, pinned } from '../images/choose-base.ts';
import { createWishesOf } from '../images/create-wishes.ts';
import { makeRecipe } from '../images/make-recipe.ts';
import { personFiles } from '../images/person-files.ts';
import { projectOf } from '../images/project.ts';
import { writeProject } from '../images/write-dockerfile.ts';
import { wantsCreateQuestions } from '../wizard/wants-questions.ts';

/** `ds01 image create`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  if (wantsCreateQuestions(context)) {
    const { createByQuestions } = await import('../wizard/create-by-questions.ts');
    return createByQuestions(context);
  }
  const given = flags['dockerfile'] !== undefined || switchFlag(flags, 'projectDockerfile');
  if (given) return buildFromProject(context);
  const [name] = operands;
  if (name === undefined) {
    throw ds01Error('usage.invalid', {
      message: 'An image needs a name.',
      hint: 'ds01 image create thesis --framework pytorch',
    });
  }
  const wishes = createWishesOf(flags);
  const options = buildOptionsOf(flags);
  const files = await personFiles(context);
  const project = projectOf(name, flags, files);
  const { explanation, ...chosen } = await baseFor({ api: runtime.api, signal }, wishes);
  const { base, notice } = await pinned(context, chosen.base, wishes.pin);
  const made = await makeRecipe(files, wishes, { ...project, ...chosen, base });
  const text = renderDockerfile(made.recipe);
  const notices = [explanation, notice, ...made.notices].filter((each) => each !== null);
  const say = (line: string): void => output.say(`note: ${line}`);
  if (switchFlag(flags, 'dryRun')) {
    const result: ImageBuildOutput = {
      image: null,
      dockerfile: { path: null, text, backup: null },
      notices,
    };
    notices.forEach(say);
    output.result(result, () => text.trimEnd());
    return 0;
  }
  notices.forEach(say);
  const written = await writeProject(context, files, { project, text, files: made.files });
  output.say(`wrote ${project.dockerfile}`);
  written.notices.forEach(say);
  return finish(context, {
    project,
    text,
    options,
    files,
    backup: written.backup,
    notices: [...notices, ...written.notices],
  });
}
