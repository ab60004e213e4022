import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScreen, plainScreen, type Screen } from './screen.ts';
import { fields, table, type Column } from './table.ts';
import { textWidth } from './text.ts';

const wide = (width: number): Screen => ({ ...plainScreen, width, isTerminal: true });

const columns: readonly Column[] = [
  { heading: 'NAME', atLeast: 8 },
  { heading: 'STATE' },
  { heading: 'IMAGE', atLeast: 8, drop: 1 },
  { heading: 'CREATED', drop: 2 },
];
const row = ['thesis', 'running', 'registry.example/vision/train:2', '2026-11-22'];

test('what is no terminal gets every column in full', () => {
  expect(table({ columns, rows: [row] }, plainScreen)).toBe(
    [
      'NAME    STATE    IMAGE                            CREATED',
      'thesis  running  registry.example/vision/train:2  2026-11-22',
    ].join('\n'),
  );
});

test('a narrow terminal gets shorter text first, then fewer columns', () => {
  expect(table({ columns, rows: [row] }, wide(50)).split('\n')).toEqual([
    'NAME    STATE    IMAGE                  CREATED',
    'thesis  running  registry.example/vis…  2026-11-22',
  ]);
  const narrow = table({ columns, rows: [row] }, wide(30));
  expect(narrow.split('\n')).toEqual(['NAME    STATE    IMAGE', 'thesis  running  registry.exa…']);
  expect(table({ columns, rows: [row] }, wide(20)).split('\n')).toEqual([
    'NAME    STATE',
    'thesis  running',
  ]);
});

test('wide characters count for two columns', () => {
  const rows = [
    ['学位論文', 'running', 'a', 'b'],
    ['thesis', 'running', 'a', 'b'],
  ];
  expect(table({ columns, rows }, plainScreen).split('\n').slice(1)).toEqual([
    '学位論文  running  a      b',
    'thesis    running  a      b',
  ]);
});

test('long values of fields go on below themselves', () => {
  const rows = [['mount', '/home/alice/data -> /data (read-only)']] as const;
  expect(fields(rows, wide(28))).toBe(
    ['mount  /home/alice/data ->', '       /data (read-only)'].join('\n'),
  );
});

test('names cannot move the cursor, change colours or turn the writing round', () => {
  const rows = [['a\u001B[2Jb\u0007\u202Ec', 'x\ny', '', '']];
  expect(table({ columns, rows }, plainScreen).split('\n')[1]).toMatch(/^ab\?\?c +x y$/);
});

test('no line is wider than the terminal, from 40 columns on', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(
      fc.integer({ min: 40, max: 120 }),
      fc.array(fc.tuple(text, text, text, text), { maxLength: 6 }),
      fc.boolean(),
      (width, rows, wrapped) => {
        const shown = columns.map((column): Column => ({
          ...column,
          fit: wrapped ? 'wrap' : 'cut',
        }));
        for (const line of table({ columns: shown, rows }, wide(width)).split('\n')) {
          expect(textWidth(line)).toBeLessThanOrEqual(width);
        }
      },
    ),
  );
});

test('colours change nothing but the colour', () => {
  const screen = createScreen({ stream: { isTTY: true }, env: {}, colors: true });
  const rows = [['thesis', { text: 'running', style: 'green' as const }, 'a', 'b']];
  const painted = table({ columns, rows }, screen);
  expect(painted).toContain('\u001B[32mrunning\u001B[39m');
  expect(painted.replaceAll(/\u001B\[\d+m/g, '')).toBe(table({ columns, rows }, plainScreen));
});
