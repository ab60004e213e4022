import type { CommandContext } from '../context.ts';
import { imageMakeCommands } from '../image-make-commands.ts';
import { personFiles } from '../images/person-files.ts';
import { flagWords } from './command-words.ts';
import { askCreate } from './create-wizard.ts';
import { runWords } from './run-words.ts';
import { createTerminalPrompter } from './terminal-prompter.ts';

/** Asks what a new image shall be, shows the whole command, and runs it. */
export async function createByQuestions(context: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = context;
  const files = await personFiles(context);
  const prompter = createTerminalPrompter(output, signal);
  const tools = { api: runtime.api, prompter, signal, files, cwd: process.cwd() };
  const words = await askCreate(tools, operands[0] ?? null);
  if (words === null) return 0;
  const specs = imageMakeCommands.find(({ verb }) => verb === words[0])?.flags ?? [];
  return runWords(context, ['image', ...words, ...flagWords(specs, flags)]);
}
