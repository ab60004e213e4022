import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTerminalModes, modesText, undoModesText } from './terminal-modes.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function modesAfter(...parts: readonly Uint8Array[]) {
  const modes = createTerminalModes();
  for (const part of parts) modes.push(part);
  return modes.changed();
}

test('what a full-screen program switches on is known until it switches it off', () => {
  const begin = '\u001b[?1049h\u001b[22;0;0t\u001b[?1h\u001b=\u001b[?25l\u001b[?1000;1006h';
  expect(modesAfter(bytesOf(begin))).toEqual([
    { mode: 1049, on: true },
    { mode: 1, on: true },
    { mode: 25, on: false },
    { mode: 1000, on: true },
    { mode: 1006, on: true },
  ]);
  const end = '\u001b[?1000;1006l\u001b[?25h\u001b[?1l\u001b[?1049l';
  expect(modesAfter(bytesOf(begin), bytesOf(end))).toEqual([]);
});

test('a reset of the terminal resets its modes', () => {
  expect(modesAfter(bytesOf('\u001b[?2004h\u001bc'))).toEqual([]);
});

test('other sequences, and modes that disturb nobody, change nothing', () => {
  expect(
    modesAfter(bytesOf('\u001b[31mred\u001b[0m \u001b[4h \u001b[?12h \u001b]0;t\u0007')),
  ).toEqual([]);
});

test('sequences may be cut anywhere', () => {
  const part = fc.constantFrom('\u001b', '[', '?', '1049', '2004', ';', 'h', 'l', 'c', 'x', '日');
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.nat(200)), (parts, cuts) => {
      const all = bytesOf(parts.join(''));
      const edges = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].toSorted(
        (one, other) => one - other,
      );
      const pieces = edges.slice(1).map((end, index) => all.subarray(edges[index], end));
      expect(modesAfter(...pieces)).toEqual(modesAfter(all));
    }),
  );
});

test('the text that undoes modes leaves a terminal as at first, the text that makes them makes them', () => {
  const mode = fc.constantFrom(1, 7, 25, 47, 1000, 1006, 1049, 2004);
  fc.assert(
    fc.property(fc.array(fc.tuple(mode, fc.boolean())), (steps) => {
      const text = modesText(steps.map(([number, on]) => ({ mode: number, on })));
      const changed = modesAfter(bytesOf(text));
      expect(modesAfter(bytesOf(modesText(changed)))).toEqual(changed);
      expect(modesAfter(bytesOf(text), bytesOf(undoModesText(changed)))).toEqual([]);
    }),
  );
});
