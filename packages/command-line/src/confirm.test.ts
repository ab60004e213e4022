import { describe, expect, test } from 'vitest';
import { confirm, confirmTyped } from './confirm.ts';
import type { FlagValues } from './flags.ts';
import { createOutput } from './output.ts';
import { plainScreen } from './screen.ts';

function contextOf(options: { readonly interactive: boolean; readonly flags?: FlagValues }) {
  const { interactive, flags = {} } = options;
  const asked: string[] = [];
  const output = createOutput({
    json: false,
    quiet: false,
    interactive,
    screen: plainScreen,
    sideScreen: plainScreen,
    unicode: false,
    actFor: null,
    stdout: { write: (text) => asked.push(text) },
    stderr: { write: (text) => asked.push(text) },
  });
  // Ctrl-C, and so the end of any question.
  const signal = AbortSignal.abort();
  return { context: { flags, output, signal }, asked };
}

test('without a terminal nothing is asked, so that no script waits', async () => {
  const { context, asked } = contextOf({ interactive: false });
  await confirm(context, 'Remove thesis?');
  expect(asked).toEqual([]);
});

test.each(['yes', 'force', 'dryRun'])('--%s is the answer', async (flag) => {
  const { context } = contextOf({ interactive: true, flags: { [flag]: true } });
  await confirm(context, 'Remove thesis?');
});

test('at a terminal nothing goes on without an answer', async () => {
  const { context } = contextOf({ interactive: true });
  await expect(confirm(context, 'Remove thesis?')).rejects.toBeInstanceOf(Error);
});

describe('what many people lose by', () => {
  const asked = { question: 'This stops everything.', word: 'all', command: 'tool stop all' };

  test('is not done without a terminal, unless --yes says that it is meant', async () => {
    const { context } = contextOf({ interactive: false });
    await expect(confirmTyped(context, asked)).rejects.toMatchObject({
      code: 'usage.invalid',
      hint: 'tool stop all --yes',
    });
    const meant = contextOf({ interactive: false, flags: { yes: true } });
    await confirmTyped(meant.context, asked);
    const previewed = contextOf({ interactive: false, flags: { dryRun: true } });
    await confirmTyped(previewed.context, asked);
  });

  test('is not done by --force, nor without the word', async () => {
    const { context } = contextOf({ interactive: true, flags: { force: true } });
    await expect(confirmTyped(context, asked)).rejects.toMatchObject({
      code: 'operation.interrupted',
    });
  });
});
