import { expect, test } from 'vitest';
import { createRequestIds } from './request-ids.ts';

test('ids of requests are 16 hexadecimal digits, and no two are the same', () => {
  const next = createRequestIds();
  const ids = new Set(Array.from({ length: 5000 }, () => next()));
  expect(ids.size).toBe(5000);
  expect([...ids].every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
});
