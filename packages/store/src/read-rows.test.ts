import { expect, test } from 'vitest';
import { createRowReader } from './read-rows.ts';

const counting = () => {
  const read: string[] = [];
  const reader = createRowReader(
    (row: string) => {
      read.push(row);
      if (row === 'bad') throw new Error('a bad row');
      return { row };
    },
    (row) => row,
  );
  return { read, reader };
};

test('a row is read once as long as it says the same', () => {
  const { read, reader } = counting();
  expect(reader(['a', 'b'])).toEqual([{ row: 'a' }, { row: 'b' }]);
  expect(reader(['a', 'c'])).toEqual([{ row: 'a' }, { row: 'c' }]);
  expect(read).toEqual(['a', 'b', 'c']);
});

test('a row that went is forgotten, and read again when it comes back', () => {
  const { read, reader } = counting();
  reader(['a']);
  reader([]);
  reader(['a']);
  expect(read).toEqual(['a', 'a']);
});

test('a row that can’t be read fails each reading', () => {
  const { reader } = counting();
  expect(() => reader(['a', 'bad'])).toThrow('a bad row');
  expect(() => reader(['a', 'bad'])).toThrow('a bad row');
});

test('what it gives can’t be changed by one for the others', () => {
  const { reader } = counting();
  const [value] = reader(['a']);
  expect(Object.isFrozen(value)).toBe(true);
});
