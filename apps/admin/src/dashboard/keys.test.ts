import { expect, test } from 'vitest';
import { createKeyReader } from './keys.ts';

const keysOf = (...chunks: readonly string[]) => {
  const reader = createKeyReader();
  return chunks.flatMap((chunk) => reader.read(chunk));
};

test('keys are read however they are cut', () => {
  expect(keysOf('\u001B[A', '\u001BOB', 'q', '漢', '\r', '\t', '\u007F', '\u0003')).toEqual([
    'up',
    'down',
    'q',
    '漢',
    'enter',
    'tab',
    'backspace',
    'ctrl-c',
  ]);
  expect(keysOf('\u001B[', '5~j', '\u001B[5', '~')).toEqual(['page-up', 'j', 'page-up']);
});

test('escape alone is a key; sequences that aren’t known are nothing', () => {
  expect(keysOf('\u001B')).toEqual(['escape']);
  expect(keysOf('\u001B[200~', '\u001B[<0;1;1M', '\u0001')).toEqual([]);
  expect(keysOf('\u001Bq')).toEqual(['escape', 'q']);
});
