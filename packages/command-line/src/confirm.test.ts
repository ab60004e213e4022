import { expect, test } from 'vitest';
import { confirm } from './confirm.ts';
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
