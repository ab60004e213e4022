import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { createScreen, plainScreen } from './screen.ts';

function written(act: (output: ReturnType<typeof createOutput>) => void): string {
  let text = '';
  const sideScreen = createScreen({ stream: { isTTY: true }, env: {}, colors: true });
  const stderr = { write: (more: string) => (text += more) };
  const switches = { json: false, quiet: false, interactive: true, unicode: true, actFor: null };
  act(createOutput({ ...switches, screen: plainScreen, sideScreen, stdout: stderr, stderr }));
  return text;
}

const hostile = 'a\u001B]52;c;cm0=\u0007b\u009B5n\u202Ec';

test('what an error quotes can’t command the terminal', () => {
  const shown = written((output) => output.fail(ds01Error('engine.error', { message: hostile })));
  expect(shown).toBe('\u001B[31merror\u001B[39m (engine.error): a?]52;c;cm0=?b?5n?c\n');
});

test('neither can a remark, which keeps its lines and colours', () => {
  const remark = `\u001B[2m$\u001B[22m one\n\ttwo ${hostile}`;
  expect(written((output) => output.say(remark))).toBe(
    '\u001B[2m$\u001B[22m one\n\ttwo a?]52;c;cm0=?b?5n?c\n',
  );
});
