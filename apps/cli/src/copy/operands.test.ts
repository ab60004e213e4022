import { expect, test } from 'vitest';
import { copyOperandsOf } from './operands.ts';

const inside = (path: string, more: { contentsOnly?: boolean; isFolder?: boolean } = {}) => ({
  container: 'thesis',
  path,
  contentsOnly: false,
  isFolder: false,
  ...more,
});
const local = (text: string) => ({ kind: 'path', text });

test.each([
  ['thesis:/a/b', '.', { direction: 'out', inside: inside('/a/b'), local: local('.') }],
  ['thesis:a', 'b', { direction: 'out', inside: inside('/a'), local: local('b') }],
  [
    'thesis:/a/',
    '-',
    { direction: 'out', inside: inside('/a', { isFolder: true }), local: { kind: 'stream' } },
  ],
  [
    'thesis:/a/.',
    'b',
    {
      direction: 'out',
      inside: inside('/a', { isFolder: true, contentsOnly: true }),
      local: local('b'),
    },
  ],
  [
    'thesis:/',
    'b',
    {
      direction: 'out',
      inside: inside('/', { isFolder: true, contentsOnly: true }),
      local: local('b'),
    },
  ],
  ['thesis:/a/../../b', 'c', { direction: 'out', inside: inside('/b'), local: local('c') }],
  ['./a:b', 'thesis:/c:d', { direction: 'in', local: local('./a:b'), inside: inside('/c:d') }],
  ['/a:b', 'thesis:/c', { direction: 'in', local: local('/a:b'), inside: inside('/c') }],
  ['-', 'thesis:/c', { direction: 'in', local: { kind: 'stream' }, inside: inside('/c') }],
])('%s to %s', (source, destination, operands) => {
  expect(copyOperandsOf(source, destination)).toEqual(operands);
});

test.each([
  ['a', 'b'],
  ['thesis:/a', 'other:/b'],
  ['thesis:', 'b'],
  [':/a', 'b'],
  ['thesis:/a', ''],
  ['thesis:/a\0b', 'c'],
])('%j to %j is refused', (source, destination) => {
  expect(() => copyOperandsOf(source, destination)).toThrow(
    expect.objectContaining({ code: 'usage.invalid' }),
  );
});
