import { commandFor, switchFlag, type Screen } from '@ds01/command-line';
import type { ContainerSummary } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { runWords } from '../wizard/run-words.ts';
import { mayAsk } from '../wizard/wants-questions.ts';

/**
 * After a build: offers to deploy the containers again that were made from the image. Without somebody
 * to ask only `--recreate` does so.
 */
export async function offerToRecreate(
  context: CommandContext,
  image: { readonly name: string; readonly slug: string },
): Promise<void> {
  const { flags, output, runtime, signal } = context;
  const { containers } = await runtime.api.call('containers.list', { all: true }, { signal });
  const own = `ds01-${image.slug}/${image.name}`;
  const names = [own, `${own}:latest`, image.name, `${image.name}:latest`];
  const made = containers.filter(({ managed, image: of }) => managed && names.includes(of));
  for (const container of made) {
    const words = recreateWords(container, image.name);
    if (!switchFlag(flags, 'recreate') && !(await askFor(context, container, words))) continue;
    // The result of this command is the image; one document is all that is printed.
    const aside = {
      ...output,
      result: (_: unknown, text: (screen: Screen) => string) => output.say(text(output.sideScreen)),
    };
    await runWords({ ...context, output: aside, flags: commonOnly(flags) }, words);
  }
}

async function askFor(
  context: CommandContext,
  { name }: ContainerSummary,
  words: readonly string[],
): Promise<boolean> {
  const { output, runtime, signal } = context;
  output.say(`${name} still has the image of before.`);
  if (!mayAsk(context)) {
    output.say(`next: ${commandFor(`ds01 ${words.join(' ')}`, runtime.actFor)}`);
    return false;
  }
  const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
  return createTerminalPrompter(output, signal).confirm(
    `Retire ${name} and deploy it again, with the options that are usual? ` +
      'What runs in it ends; /workspace stays.',
  );
}

function recreateWords({ name, state, slots }: ContainerSummary, image: string): readonly string[] {
  const verb = state === 'running' ? 'deploy' : 'create';
  return [
    'container',
    verb,
    name,
    // The image of its own name is found without.
    ...(name === image ? [] : ['--image', image]),
    '--replace',
    ...(verb === 'deploy' ? ['--background'] : []),
    ...(slots.length === 0 ? ['--cpu-only'] : []),
  ];
}

/** Flags of this command mean something else to the other. */
function commonOnly(flags: CommandContext['flags']): CommandContext['flags'] {
  return Object.fromEntries(
    Object.entries(flags).filter(([name]) => ['yes', 'user', 'quiet', 'color'].includes(name)),
  );
}
