import { describe, expect, test } from 'vitest';
import { order } from './order.ts';
import { inputOf, nowMs, request } from './testing/build.ts';
import type { SchedulerPolicy, WaitingRequest } from './types.ts';

function turns(
  waiting: readonly WaitingRequest[],
  usage: Readonly<Record<string, number>> = {},
  policy: Partial<SchedulerPolicy> = {},
): readonly string[] {
  const input = inputOf({ devices: [], waiting, usage, policy });
  return order({ ...input, nowMs }).map(({ id }) => id);
}

describe('the order of turns', () => {
  test('a given place comes before the class, the class before use, use before age', () => {
    const waiting = [
      request('last', { priority: 'urgent', place: 'last', waitedH: 70 }),
      request('old', { waitedH: 9 }),
      request('low', { priority: 'low', waitedH: 60 }),
      request('light', { waitedH: 1 }),
      request('high', { priority: 'high' }),
      request('first', { priority: 'low', place: 'first' }),
    ];
    const usage = { old: 10, light: 1, high: 99, first: 99 };
    expect(turns(waiting, usage)).toEqual(['first', 'high', 'light', 'old', 'low', 'last']);
    expect(turns(waiting, usage, { order: 'fifo' })).toEqual([
      'first',
      'high',
      'old',
      'light',
      'low',
      'last',
    ]);
  });

  test('use fades with the wait, and is nothing once it has waited long enough', () => {
    const waiting = [request('light', { waitedH: 1 }), request('heavy', { waitedH: 45 })];
    const usage = { light: 10, heavy: 20 };
    expect(turns(waiting, usage, { ageing_h: 100 })).toEqual(['light', 'heavy']);
    expect(turns(waiting, usage, { ageing_h: 80 })).toEqual(['heavy', 'light']);
    expect(turns(waiting, { heavy: 1e9 }, { ageing_h: 45 })).toEqual(['heavy', 'light']);
    expect(turns(waiting, { heavy: 1e9 }, { ageing_h: 0 })).toEqual(['heavy', 'light']);
  });

  test('use counts over the shares of group and person', () => {
    const waiting = [
      request('student', { waitedH: 2 }),
      request('staff', { group: 'staff' }),
      request('prized', { weight: 5 }),
    ];
    const usage = { student: 10, staff: 15, prized: 30 };
    const group_weights = { staff: 2 };
    expect(turns(waiting, usage, { group_weights })).toEqual(['prized', 'staff', 'student']);
  });

  test('the oldest of a class goes first when it asks for several slots, unless it is held', () => {
    const big = request('big', { count: 2, waitedH: 5 });
    const light = request('light');
    const usage = { big: 100 };
    expect(turns([light, big], usage)).toEqual(['big', 'light']);
    expect(turns([light, { ...big, held: true }], usage)).toEqual(['light', 'big']);
    expect(turns([light, { ...big, gpu: { kind: 'any' } }], usage)).toEqual(['light', 'big']);
  });

  test('equals come by age, then by id', () => {
    const waiting = ['c', 'b', 'a'].map((id) => request(id, { waitedH: id === 'c' ? 3 : 2 }));
    expect(turns(waiting)).toEqual(['c', 'a', 'b']);
  });
});
