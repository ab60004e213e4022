import { commandFor } from '@ds01/command-line';
import type { ImageBuildOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { buildImage, builtText, type ImageToBuild } from './build-image.ts';

/** What was written, and is built now. */
export interface WrittenImage extends ImageToBuild {
  readonly backup: string | null;
  /** Those of writing; they were shown already. */
  readonly notices: readonly string[];
}

/**
 * Builds what was written, unless `--no-build` says not to, and shows the result: `imageBuildOutput`.
 */
export async function finish(context: CommandContext, written: WrittenImage): Promise<number> {
  const { flags, output, runtime } = context;
  const { project, text, backup } = written;
  const notices = [...written.notices];
  const notice = (line: string): void => {
    notices.push(line);
    output.say(`note: ${line}`);
  };
  if (backup !== null) output.say(`what was there is kept as ${backup}`);
  const image = flags['build'] === false ? null : await buildImage(context, written, notice);
  const result: ImageBuildOutput = {
    image,
    dockerfile: { path: project.dockerfile, text, backup },
    notices,
  };
  const command = (words: string): string => commandFor(words, runtime.actFor);
  output.result(result, () =>
    image === null
      ? `next: ${command(`ds01 image build ${project.name}`)}`
      : `${builtText(image)}\nnext: ${command(`ds01 container deploy ${image.name}`)}`,
  );
  return 0;
}
