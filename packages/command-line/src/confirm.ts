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
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    // Ctrl-C and Ctrl-D leave the cursor behind the question.
    process.stderr.write('\n');
  } finally {
    terminal.close();
  }
  throw ds01Error('operation.interrupted', { message: 'Nothing was changed.' });
}
