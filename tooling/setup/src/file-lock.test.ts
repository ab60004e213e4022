import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLock } from './file-lock.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ds01-lock-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('two holders of one lock never overlap, and the second is told that it waits', async () => {
  const path = join(directory, 'lock');
  const events: string[] = [];
  let waited = 0;
  const hold = (name: string): Promise<void> =>
    withFileLock(
      path,
      async () => {
        events.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} out`);
      },
      {
        onWait: () => {
          waited += 1;
        },
      },
    );
  await Promise.all([hold('a'), hold('b'), hold('c')]);
  expect(events).toHaveLength(6);
  for (let index = 0; index < 6; index += 2) {
    expect(events[index + 1]).toBe(events[index]?.replace('in', 'out'));
  }
  expect(waited).toBeLessThanOrEqual(2);
});

test('a lock is free again after its work threw', async () => {
  const path = join(directory, 'lock');
  await expect(withFileLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  );
  await expect(withFileLock(path, () => Promise.resolve(7))).resolves.toBe(7);
});
