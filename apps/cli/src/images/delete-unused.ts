import { switchFlag } from '@ds01/command-line';
import { isDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { ownImageOf } from '../packages/save-packages.ts';
import { deletedText } from './deleted-text.ts';
import { isGivenTag } from './image-text.ts';

/**
 * Deletes the image of a container that is gone, when it is the person's own, nothing else uses it and
 * they gave no version of it a tag. What was done, or why not, is a remark.
 */
export async function deleteUnusedImage(context: CommandContext, image: string): Promise<void> {
  const { flags, output, runtime, signal } = context;
  const { slug } = await runtime.api.call('users.me', {}, { signal });
  const name = ownImageOf(image, slug);
  if (name === null) {
    output.say(`${image} stays: it is no image of your own`);
    return;
  }
  // A preview would find the container that is still there.
  if (switchFlag(flags, 'dryRun')) {
    output.say(`${name} would be deleted too, unless something else uses it`);
    return;
  }
  try {
    const { versions } = await runtime.api.call('images.history', { name }, { signal });
    const kept = new Set(versions.flatMap(({ tags }) => tags).filter((tag) => !isGivenTag(tag)));
    if (kept.size > 0) {
      output.say(`${name} stays: you gave it the tag ${[...kept].join(', ')}`);
      return;
    }
    const input = { name, tag: null, force: false };
    const deleted = await runtime.api.call('images.delete', input, { signal });
    output.say(deletedText(deleted, false));
  } catch (error) {
    if (!isDs01Error(error)) throw error;
    signal.throwIfAborted();
    output.say(`${name} stays: ${error.message}`);
  }
}
