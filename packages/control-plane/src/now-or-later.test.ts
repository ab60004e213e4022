import { describe, expect, test, vi } from 'vitest';
import { whenOver, whenThere } from './now-or-later.ts';

describe('whenThere', () => {
  test('makes something of what is there in the same turn, and of what comes when it comes', async () => {
    const double = (value: number): number => 2 * value;
    expect(whenThere(2, double)).toBe(4);
    const later = whenThere(Promise.resolve(3), double);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe(6);
  });
});

describe('whenOver', () => {
  const watched = () => ({
    done: vi.fn<() => void>(),
    failed: vi.fn<(error: unknown) => unknown>((error) => new Error('said', { cause: error })),
  });
  const refused = new Error('refused');

  test('work that is over at once is said to be at once', () => {
    const over = watched();
    expect(whenOver(() => 1, over)).toBe(1);
    expect(over.done).toHaveBeenCalledOnce();
    expect(() =>
      whenOver(() => {
        throw refused;
      }, over),
    ).toThrow('said');
    expect(over.failed).toHaveBeenCalledExactlyOnceWith(refused);
    expect(over.done).toHaveBeenCalledOnce();
  });

  test('work that takes its time is said to be over when it is, and not twice', async () => {
    const over = watched();
    const work = Promise.withResolvers<number>();
    const answer = whenOver(() => work.promise, over);
    expect(over.done).not.toHaveBeenCalled();
    work.resolve(1);
    expect(await answer).toBe(1);
    await expect(whenOver(() => Promise.reject(refused), over)).rejects.toMatchObject({
      message: 'said',
      cause: refused,
    });
    expect([over.done, over.failed].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  test('what fails while the end is told is not taken for a failure of the work', () => {
    const over = watched();
    over.done.mockImplementation(() => {
      throw new Error('not told');
    });
    expect(() => whenOver(() => 1, over)).toThrow('not told');
    expect(over.failed).not.toHaveBeenCalled();
  });
});
