import { ds01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { createScreen, plainScreen } from './screen.ts';

function written(
  act: (output: ReturnType<typeof createOutput>) => void,
  { json = false, screen = plainScreen } = {},
): string {
  let text = '';
  const sideScreen = createScreen({ stream: { isTTY: true }, env: {}, colors: true });
  const stderr = { write: (more: string) => (text += more) };
  const switches = { json, quiet: false, interactive: true, unicode: true, actFor: null };
  act(createOutput({ ...switches, screen, sideScreen, stdout: stderr, stderr }));
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

test('neither can a result on a terminal; elsewhere it keeps every byte', () => {
  const screen = createScreen({ stream: { isTTY: true }, env: {}, colors: true });
  const print = (output: ReturnType<typeof createOutput>): void =>
    output.result(null, () => `one\r\n${hostile}`);
  expect(written(print, { screen })).toBe('one\na?]52;c;cm0=?b?5n?c\n');
  expect(written(print)).toBe(`one\r\n${hostile}\n`);
});

test('neither can JSON, which says the same', () => {
  const shown = written((output) => output.result({ hostile }, () => ''), { json: true });
  expect(JSON.parse(shown)).toEqual({ hostile });
  expect(shown).not.toMatch(/[^\n -~]/);
});
