import type { CommandContext } from '../context.ts';
import { buildFromProject } from '../images/build-from-project.ts';

/** `ds01 image build`. */
export async function run(context: CommandContext): Promise<number> {
  return buildFromProject(context);
}
