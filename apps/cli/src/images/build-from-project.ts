import { switchFlag } from '@ds01/command-line';
import type { ImageBuildOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { buildOptionsOf } from './build-image.ts';
import { finish } from './build-result.ts';
import { personFiles } from './person-files.ts';
import { projectOf, readDockerfileOf } from './project.ts';

/** Builds an image from a Dockerfile that is there, and leaves it as it is. */
export async function buildFromProject(context: CommandContext): Promise<number> {
  const { flags, operands, output } = context;
  const [name] = operands;
  if (name === undefined) {
    throw ds01Error('usage.invalid', {
      message: 'Which image? Give its name.',
      hint: 'ds01 image build thesis',
    });
  }
  const options = buildOptionsOf(flags);
  const files = await personFiles(context);
  const project = projectOf(name, flags, files);
  const text = await readDockerfileOf(project, files);
  if (switchFlag(flags, 'dryRun')) {
    const result: ImageBuildOutput = {
      image: null,
      dockerfile: { path: project.dockerfile, text, backup: null },
      notices: [],
    };
    output.result(result, () => `would build ${project.name} from ${project.dockerfile}`);
    return 0;
  }
  return finish(context, { project, text, options, files, backup: null, notices: [] });
}
