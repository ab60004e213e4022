import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import type { PersonFiles } from './person-files.ts';

/** Where an editor may be when nobody says which. */
const usual = ['sensible-editor', 'nano', 'vim', 'vi'];

/**
 * Opens a file in the person's editor (`VISUAL`, `EDITOR`) and gives its text afterwards. Fails with
 * `usage.invalid` without a terminal, for somebody else, and when no editor can be started.
 */
export async function editByHand(
  { output }: Pick<CommandContext, 'output'>,
  files: PersonFiles,
  path: string,
): Promise<string> {
  if (!output.interactive || output.json || !files.isOwn) {
    throw ds01Error('usage.invalid', {
      message: '--edit opens an editor, which needs a terminal of the owner’s own.',
      hint: `ds01 image update ${path.split('/').at(-2) ?? 'thesis'} --add timm`,
    });
  }
  output.settle();
  const own = [process.env['VISUAL'], process.env['EDITOR']].find((value) => (value ?? '') !== '');
  // As other programs do: an editor may have its own options, but no shell reads them.
  const commands = own === undefined ? usual.map((name) => [name]) : [own.trim().split(/\s+/)];
  for (const [program = 'vi', ...options] of commands) {
    const code = await runEditor(program, [...options, path]);
    if (code === 'missing') continue;
    if (code !== 0) {
      throw ds01Error('operation.interrupted', {
        message: `${program} ended with ${code ?? 'a signal'}; nothing is built.`,
        hint: `ls -l '${path}'`,
      });
    }
    return (await files.readText(path)) ?? '';
  }
  throw ds01Error('usage.invalid', {
    message: `There is no editor ${commands.map(([program]) => program).join(', ')}.`,
    hint: 'export EDITOR=nano',
  });
}

async function runEditor(
  program: string,
  parameters: readonly string[],
): Promise<number | null | 'missing'> {
  const child = spawn(program, parameters, { stdio: 'inherit' });
  try {
    await once(child, 'spawn');
  } catch {
    return 'missing';
  }
  // Ctrl-C is the editor's.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    await once(child, 'close');
    return child.exitCode;
  } finally {
    process.off('SIGINT', ignore);
  }
}
