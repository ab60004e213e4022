import { expect, test } from 'vitest';
import { createBodyRooms } from './body-room.ts';

const mebibyte = 1_048_576;
const refused = expect.objectContaining({ code: 'rate.limited', details: { retryAfterS: 1 } });

test('what arrives of one person, and of all, is bounded until it is given back', () => {
  const rooms = createBodyRooms();
  const first = rooms.enter(1);
  first.take(16 * mebibyte);
  expect(() => rooms.enter(1).take(1)).toThrow(refused);
  for (const uid of [2, 3]) rooms.enter(uid).take(16 * mebibyte);
  expect(() => rooms.enter(4).take(1)).toThrow(refused);
  first.leave();
  first.leave();
  rooms.enter(4).take(16 * mebibyte);
  expect(() => rooms.enter(1).take(1)).toThrow(refused);
});

test('others don’t keep root from being heard', () => {
  const rooms = createBodyRooms();
  for (const uid of [1, 2, 3]) rooms.enter(uid).take(16 * mebibyte);
  rooms.enter(0).take(mebibyte);
  expect(() => rooms.enter(0).take(16 * mebibyte)).toThrow(refused);
});
