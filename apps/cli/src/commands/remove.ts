import { confirm, switchFlag } from '@ds01/command-line';
import type { ContainerSummary } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { forEachContainer } from '../each-container.ts';
import { filesNote } from '../files-note.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container remove`. */
export async function run(given: CommandContext): Promise<number> {
  const { api } = given.runtime;
  const force = switchFlag(given.flags, 'force');
  const applies = ({ state }: ContainerSummary): boolean =>
    state === 'stopped' || state === 'created' || force;
  const verb = { verb: 'remove', applies, asksLater: true };
  const context = await withContainer(given, verb);
  const target = context.operands[0] ?? 'all your stopped containers';
  const files = await filesNote(context);
  await confirm(context, `Remove ${target}? What was installed in it goes; ${files}.`);
  return forEachContainer(context, {
    ...verb,
    act: async (name, options) => {
      const result = await api.call('containers.remove', { name, force }, options);
      if (switchFlag(context.flags, 'images')) {
        const { deleteUnusedImage } = await import('../images/delete-unused.ts');
        await deleteUnusedImage(context, result.container.image);
      }
      return result;
    },
    done: 'removed',
    after: files,
  });
}
