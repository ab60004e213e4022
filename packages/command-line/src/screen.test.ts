import { expect, test } from 'vitest';
import { box } from './box.ts';
import { createScreen, plainScreen } from './screen.ts';

type Env = Parameters<typeof createScreen>[0]['env'];

const screenOf = (env: Env, isTTY = true, colors = true) =>
  createScreen({ stream: isTTY ? { isTTY, columns: 100 } : {}, env, colors });
const isPainted = (env: Env, isTTY = true, colors = true): boolean =>
  screenOf(env, isTTY, colors).paint('red', 'x') !== 'x';

test('colours are for terminals, unless they are forced or refused', () => {
  expect(isPainted({})).toBe(true);
  expect(isPainted({}, false)).toBe(false);
  expect(isPainted({ NO_COLOR: '1' })).toBe(false);
  expect(isPainted({ NO_COLOR: '' })).toBe(true);
  expect(isPainted({ TERM: 'dumb' })).toBe(false);
  expect(isPainted({}, true, false)).toBe(false);
  expect(isPainted({ FORCE_COLOR: '1' }, false)).toBe(true);
  expect(isPainted({ FORCE_COLOR: '0' })).toBe(false);
  expect(isPainted({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  expect(isPainted({ FORCE_COLOR: '1' }, true, false)).toBe(false);
});

test('the width is the terminal’s, or what COLUMNS says; a pipe has none', () => {
  expect(screenOf({}).width).toBe(100);
  expect(screenOf({ COLUMNS: '60' }).width).toBe(60);
  expect(screenOf({ COLUMNS: '60' }, false).width).toBe(60);
  expect(screenOf({ COLUMNS: 'wide' }).width).toBe(100);
  expect(screenOf({ COLUMNS: '3' }).width).toBe(20);
  expect(screenOf({}, false).width).toBeNull();
});

test('a box has a frame on a terminal that is wide enough, and none elsewhere', () => {
  const paragraphs = ['One GPU is yours.', 'Give it back with: ds01 container retire thesis'];
  const wide = { ...plainScreen, width: 60, isTerminal: true };
  expect(box('Deployed', paragraphs, wide).split('\n')).toEqual([
    '┌ Deployed ───────────────────────────────────────┐',
    '│ One GPU is yours.                               │',
    '│ Give it back with: ds01 container retire thesis │',
    '└─────────────────────────────────────────────────┘',
  ]);
  expect(box('Deployed', paragraphs, { ...wide, width: 30 }).split('\n')).toEqual([
    'Deployed',
    'One GPU is yours.',
    'Give it back with: ds01',
    'container retire thesis',
  ]);
  expect(box('Deployed', paragraphs, plainScreen).split('\n')).toEqual(['Deployed', ...paragraphs]);
});
