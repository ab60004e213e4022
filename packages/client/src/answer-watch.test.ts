import { wireHeaders } from '@ds01/contracts/core';
import { expect, test } from 'vitest';
import type { Answer } from './answer.ts';
import { createAnswerWatch } from './request-headers.ts';

const answerWith = (headers: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  header: (name) => headers[name] ?? null,
  body: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: null }) }) },
  discard: () => undefined,
});

test('the end of a token is told once, whatever answers say it; another end is another', () => {
  const told: string[] = [];
  const watch = createAnswerWatch({ onTokenExpiry: (at) => told.push(at.toISOString()) });
  const [first, second] = ['2026-11-29T12:00:00.000Z', '2027-11-29T12:00:00.000Z'];
  for (const at of [first, first, second, 'next week']) {
    watch(answerWith({ [wireHeaders.tokenExpires]: at }));
  }
  watch(answerWith({}));
  expect(told).toEqual([first, second]);
});

test('a daemon of another version is told of once', () => {
  const told: string[] = [];
  const watch = createAnswerWatch({ version: '1.0.0', onVersion: (other) => told.push(other) });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
    watch(answerWith({ [wireHeaders.serverVersion]: version }));
  }
  expect(told).toEqual(['1.1.0']);
});
