import { isDs01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { checkedTag, imageWordOf, tagOf, wordOf } from './image-words.ts';

test.each([
  ['thesis', 'thesis', null],
  ['thesis:exp', 'thesis', 'exp'],
  ['pytorch/pytorch:2.8.0-cuda12.4', 'pytorch/pytorch', '2.8.0-cuda12.4'],
  ['localhost:5000/team/x', 'localhost:5000/team/x', null],
  ['localhost:5000/team/x:v1', 'localhost:5000/team/x', 'v1'],
  ['x@sha256:0123', 'x@sha256:0123', null],
])('%s is the image %s with the tag %s', (text, name, tag) => {
  const word = imageWordOf(text);
  expect(word).toEqual({ name, tag });
  expect(wordOf(word)).toBe(text);
});

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
  return 'none';
}

test.each(['', ':', 'thesis:', ':exp'])('%j is no image', (text) => {
  expect(codeOf(() => imageWordOf(text))).toBe('usage.invalid');
});

test('a tag is given once: as a part of the name, or by its flag', () => {
  expect(tagOf({ name: 'thesis', tag: null }, null)).toBeNull();
  expect(tagOf({ name: 'thesis', tag: null }, 'exp')).toBe('exp');
  expect(tagOf({ name: 'thesis', tag: 'exp' }, 'exp')).toBe('exp');
  expect(codeOf(() => tagOf({ name: 'thesis', tag: 'exp' }, 'v1'))).toBe('usage.invalid');
});

test.each(['', 'a b', '-x', 'ü', 'a/b', 'x'.repeat(129)])('%j can’t be a tag', (tag) => {
  expect(() => checkedTag(tag, 'ds01 image tag thesis exp')).toThrow(
    expect.objectContaining({ code: 'usage.invalid', hint: 'ds01 image tag thesis exp' }),
  );
});

test.each(['exp', 'v1.2_b-3', 'x'.repeat(128)])('%j can', (tag) => {
  expect(checkedTag(tag, '')).toBe(tag);
});
