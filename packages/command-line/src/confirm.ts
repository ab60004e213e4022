import { createInterface } from 'node:readline/promises';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from './command.ts';
import { switchFlag } from './flags.ts';

/**
 * Asks before something can't be undone; `--yes`, `--force`, `--dry-run` and no terminal don't ask.
 * Fails with `operation.interrupted` when the answer isn't yes.
 */
export async function confirm(
  context: Pick<CommandContext<unknown>, 'flags' | 'output' | 'signal'>,
  question: string,
): Promise<void> {
  const { flags, output, signal } = context;
  const answered = ['yes', 'force', 'dryRun'].some((name) => switchFlag(flags, name));
  if (answered || !output.interactive) return;
  if (/^y(es)?$/i.test(await ask(`${question} [y/N] `, signal))) return;
  throw nothingChanged();
}

/**
 * Asks for a word to be typed before many people lose something; `--yes` and `--dry-run` don't ask.
 * Fails with `operation.interrupted` for any other word, and with `usage.invalid` where nobody can be
 * asked.
 */
export async function confirmTyped(
  context: Pick<CommandContext<unknown>, 'flags' | 'output' | 'signal'>,
  asked: { readonly question: string; readonly word: string; readonly command: string },
): Promise<void> {
  const { flags, output, signal } = context;
  if (['yes', 'dryRun'].some((name) => switchFlag(flags, name))) return;
  if (!output.interactive) {
    throw ds01Error('usage.invalid', {
      message: 'Without a terminal nobody can be asked; --yes says that it is meant.',
      hint: `${asked.command} --yes`,
    });
  }
  const answer = await ask(`${asked.question} Type ${asked.word} to go on: `, signal);
  if (answer !== asked.word) throw nothingChanged();
}

/** The answer; an empty one when the question was left by Ctrl-C or Ctrl-D. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question, { signal })).trim();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    process.stderr.write('\n');
    return '';
  } finally {
    terminal.close();
  }
}

function nothingChanged() {
  return ds01Error('operation.interrupted', { message: 'Nothing was changed.' });
}
