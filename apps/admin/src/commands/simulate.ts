import { readFile } from 'node:fs/promises';
import { textFlag } from '@ds01/command-line';
import { readTime } from '@ds01/command-line/events';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { simulationText } from '../simulation-text.ts';

/**
 * `ds01-admin simulate`: without `--policy` only the rules in force. Fails with `usage.invalid` for a
 * file that can’t be read.
 */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const file = textFlag(flags, 'policy');
  const sinceMs = readTime(textFlag(flags, 'since') ?? '30d', {
    flag: '--since',
    nowMs: Date.now(),
    hint: 'ds01-admin simulate --policy new.yaml --since 30d',
  });
  const settings = file === null ? null : await textOf(file);
  const result = await runtime.api.call('admin.simulate', { settings, sinceMs }, { signal });
  output.result(result, (screen) => simulationText(result, screen, settings !== null));
  return 0;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : 'nobody knows why';
    throw ds01Error('usage.invalid', {
      message: `${file} can’t be read: ${why}.`,
      hint: 'ds01-admin simulate --policy new.yaml --since 30d',
    });
  }
}
