import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';
import { temporaryDirectory } from './test-support.ts';

describe('the lock of a simulator', () => {
  it('lets one in at a time, also after its holder died', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'lock');
    // A process that has ended: nobody has its pid now.
    writeFileSync(path, String(spawnSync('true').pid));
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () =>
        withLock(path, async () => {
          inside += 1;
          most = Math.max(most, inside);
          await Promise.resolve();
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it('names its holder while it is held, and is free after a failure', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'lock');
    const failing = withLock(path, async () => {
      expect(readFileSync(path, 'utf8')).toBe(String(process.pid));
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(readdirSync(directory.path)).toEqual([]);
  });
});
