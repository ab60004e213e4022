import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { imageMakeCommands } from '../image-make-commands.ts';
import { personFiles } from '../images/person-files.ts';
import { projectOf, readDockerfileOf } from '../images/project.ts';
import { flagWords } from './command-words.ts';
import type { Prompter } from './prompter.ts';
import { runWords } from './run-words.ts';
import { createTerminalPrompter } from './terminal-prompter.ts';
import { askUpdate } from './update-wizard.ts';

/** Asks what shall become of an image, shows the whole command, and runs it. */
export async function updateByQuestions(context: CommandContext): Promise<number> {
  const { flags, operands, output, signal } = context;
  const prompter = createTerminalPrompter(output, signal);
  const name = operands[0] ?? (await askWhich(context, prompter));
  const files = await personFiles(context);
  const text = await readDockerfileOf(projectOf(name, flags, files), files);
  const words = await askUpdate(prompter, { name, text, mayEdit: files.isOwn });
  if (words === null) return 0;
  const specs = imageMakeCommands.find(({ verb }) => verb === 'update')?.flags ?? [];
  return runWords(context, ['image', 'update', name, ...words, ...flagWords(specs, flags)]);
}

async function askWhich({ runtime, signal }: CommandContext, prompter: Prompter): Promise<string> {
  const { images } = await runtime.api.call('images.list', {}, { signal });
  const own = images.filter((image) => image.own);
  if (own.length === 0) {
    throw ds01Error('image.not-found', {
      message: 'You have no image of your own yet.',
      hint: 'ds01 image create',
    });
  }
  return prompter.select(
    'Which image?',
    own.map(({ name }) => ({ value: name, label: name })),
  );
}
