import { createTerminalModes } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastLinesOf, repaintOf } from './repaint.ts';

const escape = '\u001b';

function repainted(text: string, rows = 24): string {
  const output = Buffer.from(text);
  const modes = createTerminalModes();
  modes.push(output);
  return repaintOf({ output, modes: modes.changed(), rows }).toString();
}

test('a shell’s last lines are shown as they were, colours and letters of any script included', () => {
  const text = `alice@thesis:/workspace$ ls\r\n${escape}[34mdata${escape}[0m  日本語\r\nalice@thesis:/workspace$ `;
  expect(repainted(text)).toBe(`${escape}[0m${text}`);
});

test('no more than two screens of lines come back, and they begin with a whole one', () => {
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}\r\n`);
  expect(repainted(lines.join('') + 'prompt').split('\r\n')).toHaveLength(48);
  expect(repainted(lines.join(''), 40)).toMatch(/^\u001b\[0mline 42\d\r\n/);
});

test('a full-screen program gets its screen and its modes back, before it draws anew', () => {
  const text = `$ htop\r\n${escape}[?1049h${escape}[?25l${escape}[?1006hTasks`;
  expect(repainted(text)).toBe(
    `${escape}[0m$ htop\r\n${escape}[?1049h${escape}[H${escape}[2J${escape}[?25l${escape}[?1006hTasks${escape}[?25l${escape}[?1006h`,
  );
});

test('what a full-screen program drew that was left is gone', () => {
  const left = `${escape}[?1049hmuch${escape}[?1049l`;
  expect(repainted(`before\r\n${left}after`)).toBe(`${escape}[0mbefore\r\nafter`);
  expect(repainted(`in the middle of it${escape}[?1049lafter`)).toBe(`${escape}[0mafter`);
});

test('the terminal isn’t asked again, and nothing rings or is copied', () => {
  const asked = [
    `${escape}[6n`,
    `${escape}[c`,
    `${escape}[>0c`,
    `${escape}[?2026$p`,
    `${escape}[?u`,
    `${escape}[>q`,
    `${escape}[14t`,
    `${escape}]11;?\u0007`,
    `${escape}]52;c;c2VjcmV0${escape}\\`,
    `${escape}P+q544e${escape}\\`,
    '\u0005',
    '\u0007',
  ];
  expect(repainted(`a${asked.join('b')}c`)).toBe(`${escape}[0ma${'b'.repeat(11)}c`);
  expect(repainted(`a${escape}]0;never ends`)).toBe(`${escape}[0ma`);
});

test('whatever was printed, a repaint asks nothing', () => {
  const part = fc.constantFrom(
    escape,
    '[',
    ']',
    '?',
    '>',
    '1049',
    '6',
    'n',
    'c',
    'h',
    'l',
    '\u0007',
    'P',
    '\\',
    'text',
    '\r\n',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const shown = repainted(parts.join(''));
      expect(shown).not.toMatch(/[\u0005\u0007]/);
      expect(shown).not.toMatch(/\u001b\[\d*[cn]/);
    }),
    { numRuns: 2000 },
  );
});

test('the last lines of a session that ended are plain text', () => {
  const text = `$ train\r\n\r\nepoch 1\repoch 2\r\n${escape}[32mdone${escape}[0m, 日本\r\n$ exit\r\n`;
  expect(lastLinesOf(Buffer.from(text), 3)).toEqual(['epoch 2', 'done, 日本', '$ exit']);
});

test.each([
  ['numbers of modes without an end', `${escape}[?${'47;'.repeat(43_000)}`],
  ['carriage returns', `${'\r'.repeat(130_000)}x`],
])('%s keep nobody busy', (_, text) => {
  const output = Buffer.from(text);
  const beganMs = performance.now();
  lastLinesOf(output, 10);
  repaintOf({ output, modes: [], rows: 24 });
  // Takes 10 ms; where it was looked at from each place anew, it took 15 s and more.
  expect(performance.now() - beganMs).toBeLessThan(3000);
});
