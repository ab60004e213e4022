import { confirm, switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { filesNote } from '../files-note.ts';
import { stopInputOf } from '../stop-input.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container retire`. */
export async function run(given: CommandContext): Promise<number> {
  const { api } = given.runtime;
  const input = stopInputOf(given.flags);
  const verb = { verb: 'retire', applies: () => true, asksLater: true };
  const context = await withContainer(given, verb);
  const target = context.operands[0] ?? 'all your containers';
  const files = await filesNote(context);
  const { lookAtPackages, saveBeforeRetire } = await import('../packages/before-retire.ts');
  const look = lookAtPackages(context);
  let saves = false;
  try {
    await confirm(context, `Retire ${target}? What was installed in it goes; ${files}.`);
    saves = await look.wantsSaved();
  } finally {
    look.end();
  }
  return forEachContainer(context, {
    ...verb,
    act: async (name, options) => {
      // An error here leaves the container as it is.
      if (saves) await saveBeforeRetire(context, name);
      const result = await api.call('containers.retire', { ...input, name }, options);
      if (switchFlag(context.flags, 'images')) {
        const { deleteUnusedImage } = await import('../images/delete-unused.ts');
        await deleteUnusedImage(context, result.container.image);
      }
      return result;
    },
    done: 'retired',
    after: files,
  });
}
