import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { plainScreen, textWidth } from '@ds01/command-line';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTerminalPrompter } from './terminal-prompter.ts';

let before: string | undefined;
beforeEach(() => {
  before = process.env['NO_COLOR'];
});
afterEach(() => {
  if (before === undefined) delete process.env['NO_COLOR'];
  else process.env['NO_COLOR'] = before;
});

/** A terminal of some width, with what was shown on it. */
function terminal(columns: number) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns, rows: 24 });
  let shown = '';
  output.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
  });
  const side = { sideScreen: plainScreen, say: () => undefined };
  const prompter = createTerminalPrompter(side, new AbortController().signal, { input, output });
  return { prompter, input, press: (keys: string) => input.write(keys), shown: () => shown };
}

const images = [
  { value: 'a', label: 'a-rather-long-name-of-an-image/pytorch:2.8', hint: 'yours, 6.1 GiB' },
  { value: 'b', label: 'short' },
];
const down = '\u001B[B';

test('arrows and Enter choose; Enter alone takes the first', async () => {
  const { prompter, press } = terminal(80);
  const first = prompter.select('Which image?', images);
  press('\r');
  expect(await first).toBe('a');
  const second = prompter.select('Which image?', images);
  press(down);
  press('\r');
  expect(await second).toBe('b');
});

test.each(['\u0003', '\u001B'])('%j leaves a question', async (key) => {
  const { prompter, press } = terminal(80);
  const asked = prompter.text('What shall it be called?', 'thesis');
  press(key);
  await expect(asked).rejects.toMatchObject({ code: 'operation.interrupted' });
});

test('Enter takes the text that is proposed, blanks around another one are not its', async () => {
  const { prompter, press } = terminal(80);
  const proposed = prompter.text('What shall it be called?', 'thesis');
  press('\r');
  expect(await proposed).toBe('thesis');
  const typed = prompter.text('What shall it be called?', 'thesis');
  press('  other ');
  press('\r');
  expect(await typed).toBe('other');
});

test('Enter that was typed while the terminal was not raw is Enter', async () => {
  const { prompter, press } = terminal(80);
  press('other\n');
  expect(await prompter.text('What shall it be called?', 'thesis')).toBe('other');
  press('\n');
  expect(await prompter.select('Which image?', images)).toBe('a');
});

test('answers typed at once answer one question each, and the rest stays in the input', async () => {
  const { prompter, press, input } = terminal(80);
  press(`${down}\rMy thesis!\rthesis\r\nyother\rls -l\n`);
  expect(await prompter.select('Which image?', images)).toBe('b');
  expect(await prompter.text('What shall it be called?', 'pytorch')).toBe('My thesis!');
  expect(await prompter.text('What shall it be called?', 'my-thesis')).toBe('thesis');
  expect(await prompter.confirm('Wait for your turn?')).toBe(true);
  expect(await prompter.text('Its name', 'none')).toBe('other');
  expect(String(input.read())).toBe('ls -l\r');
});

test('keys that come one by one, in parts of a letter and while another question is asked, are whole', async () => {
  const { prompter, input } = terminal(80);
  const typed = Buffer.from('größe\r\u001B[B\r');
  const first = prompter.text('What shall it be called?', 'thesis');
  for (const byte of typed) input.write(Buffer.of(byte));
  expect(await first).toBe('größe');
  expect(await prompter.select('Which image?', images)).toBe('b');
});

test('40 columns are enough, and without colours there are none', async () => {
  const { prompter, press, shown } = terminal(40);
  const asked = prompter.select('Which image, of all those that there are on this server?', images);
  press(down);
  press('\r');
  await asked;
  const lines = stripVTControlCharacters(shown()).split(/\r?\n/);
  for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(40);
  expect(shown()).toContain('short');
  // Moving the cursor is no colour.
  expect(shown()).not.toMatch(/\u001B\[(?:3[0-7]|9[0-7]|1|2|7)m/);
});
