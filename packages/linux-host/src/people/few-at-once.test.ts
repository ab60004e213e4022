import { expect, test } from 'vitest';
import { fewAtOnce } from './few-at-once.ts';

test('no more than allowed is under way, all of it is done, and a failure takes nobody’s place', async () => {
  const run = fewAtOnce(3);
  let underWay = 0;
  let most = 0;
  const work = async (index: number): Promise<number> => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    if (index % 4 === 0) throw new Error('this one fails');
    return index;
  };
  const ends = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => run(() => work(index))),
  );
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(30);
  expect({ most, underWay }).toEqual({ most: 3, underWay: 0 });
});
