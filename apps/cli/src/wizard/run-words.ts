import { commandFor, parseCommandLine } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { program } from '../program.ts';
import { lineOf } from './command-words.ts';

/** Shows the command of these words (`ds01` left out), and runs it as if it had been typed. */
export async function runWords(context: CommandContext, words: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(program, program.name, words);
  if ('kind' in parsed || parsed.spec.load === null) throw new Error('the wizard made no command');
  const line = commandFor(lineOf([program.name, ...words]), context.runtime.actFor);
  context.output.say(`${context.output.sideScreen.paint('dim', '$')} ${line}`);
  const module = await parsed.spec.load();
  return module.run({ ...context, ...parsed, flags: { ...context.flags, ...parsed.flags } });
}
