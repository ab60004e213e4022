import { switchFlag, textFlag } from '@ds01/command-line';
import { makeFlags, openFlags } from '../command-flags.ts';
import type { CommandContext } from '../context.ts';
import { flagWords } from './command-words.ts';
import { askDeploy } from './deploy-wizard.ts';
import { runWords } from './run-words.ts';
import { createTerminalPrompter } from './terminal-prompter.ts';

const gpuFlagNames = ['gpus', 'numGpus', 'mig', 'gpuMemory', 'gpuType'];

/** Asks for what the command line doesn't say, shows the whole command, and runs it. */
export async function deployByQuestions(
  context: CommandContext,
  verb: 'deploy' | 'create',
): Promise<number> {
  const { flags, output, runtime, signal, trailing } = context;
  const given = flagWords([...makeFlags, ...openFlags], flags);
  const asksGpu =
    !switchFlag(flags, 'cpuOnly') && gpuFlagNames.every((name) => textFlag(flags, name) === null);
  const isOpen = switchFlag(flags, 'open') || switchFlag(flags, 'background') || trailing !== null;
  const prompter = createTerminalPrompter(output, signal);
  const tools = { api: runtime.api, prompter, signal };
  const [name = '', ...answers] = await askDeploy(tools, {
    asksGpu,
    asksOpen: verb === 'deploy' && !isOpen,
  });
  const command = trailing === null ? [] : ['--', ...trailing];
  return runWords(context, ['container', verb, name, ...answers, ...given, ...command]);
}
