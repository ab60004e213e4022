import { classicNames } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import { program } from '../program.ts';
import { completionScript, installLines, shells } from '../completion/scripts.ts';
import type { CommandContext } from '../context.ts';

/** `ds01 completion`: the script for a shell on stdout; on a terminal also how to keep it. */
export async function run({ operands, output }: CommandContext): Promise<number> {
  const shell = shells.find((known) => known === operands[0]);
  if (shell === undefined) {
    throw ds01Error('usage.invalid', {
      message: `There is completion for ${shells.join(', ')}, not for ${JSON.stringify(operands[0])}.`,
      hint: 'ds01 completion bash',
    });
  }
  const script = completionScript(shell, classicNames(program));
  const install = installLines[shell];
  output.result({ shell, script, install }, () => script.trimEnd());
  if (output.screen.isTerminal) output.say(`\nTo have it in every ${shell}: ${install}`);
  return Promise.resolve(0);
}
