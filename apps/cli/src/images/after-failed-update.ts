import { isDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { personFiles } from './person-files.ts';
import type { ImageProject } from './project.ts';
import type { UpdateWishes } from './update-wishes.ts';

/** An update whose Dockerfile was written and whose build failed. */
export interface FailedUpdate {
  readonly error: unknown;
  readonly wishes: Pick<UpdateWishes, 'edit'>;
  readonly project: Pick<ImageProject, 'dockerfile'>;
  readonly text: string;
  readonly before: string;
}

/** The interrupt ended everything that goes by its signal; putting back a file takes no longer. */
const putBackWithinMs = 5000;

/**
 * After a build that was cancelled the Dockerfile becomes what it was before, unless somebody edited it
 * by hand; one that failed leaves the change, which may need little to be right. Says which.
 */
export async function afterFailedUpdate(
  { output, runtime }: Pick<CommandContext, 'output' | 'runtime'>,
  { error, wishes, project, text, before }: FailedUpdate,
): Promise<void> {
  const { dockerfile } = project;
  const cancelled = isDs01Error(error) && error.code === 'operation.interrupted';
  const putBack = async (): Promise<boolean> => {
    const files = await personFiles({ runtime, signal: AbortSignal.timeout(putBackWithinMs) });
    if ((await files.readText(dockerfile)) !== text) return false;
    await files.replace(dockerfile, before);
    return true;
  };
  const isAsBefore = cancelled && !wishes.edit && (await putBack().catch(() => false));
  output.say(`note: ${dockerfile} ${isAsBefore ? 'is as it was before' : 'keeps the change'}`);
}
