import { confirm } from '@ds01/command-line';
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
  await confirm(context, `Retire ${target}? What was installed in it goes; ${files}.`);
  return forEachContainer(context, {
    ...verb,
    act: (name, options) => api.call('containers.retire', { ...input, name }, options),
    done: 'retired',
    after: files,
  });
}
