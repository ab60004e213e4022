import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('work under one key runs one after the other, in the order of asking', async () => {
  const turns = createTurns();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    seen.push('first begins');
    await gate.promise;
    seen.push('first ends');
  });
  const second = turns.take('a', async () => {
    seen.push('second');
  });
  const other = turns.take('b', async () => {
    seen.push('other');
  });
  await other;
  expect(seen).toEqual(['first begins', 'other']);
  gate.resolve();
  await Promise.all([first, second]);
  expect(seen).toEqual(['first begins', 'other', 'first ends', 'second']);
});

test('a failure does not keep the next one from its turn', async () => {
  const turns = createTurns();
  const failing = turns.take('a', () => Promise.reject(new Error('broken')));
  const next = turns.take('a', () => Promise.resolve('fine'));
  await expect(failing).rejects.toThrow('broken');
  expect(await next).toBe('fine');
});

test('who gives up waiting leaves the line, and the others stay in order', async () => {
  const turns = createTurns();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const first = turns.take('a', async () => {
    await gate.promise;
    seen.push('first');
  });
  const controller = new AbortController();
  const second = turns.take('a', async () => seen.push('never'), controller.signal);
  const third = turns.take('a', async () => {
    seen.push('third');
  });
  controller.abort();
  await expect(second).rejects.toThrow(/abort/i);
  gate.resolve();
  await Promise.all([first, third]);
  expect(seen).toEqual(['first', 'third']);
});
