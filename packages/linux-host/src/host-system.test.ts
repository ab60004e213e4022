import { describe, expect, test } from 'vitest';
import { createHostSystem } from './host-system.ts';

describe('this machine', () => {
  const system = createHostSystem();

  test('uses no more memory than it has', () => {
    const { cpus, load1, memoryBytes, memoryUsedBytes } = system.load();
    expect(cpus).toBeGreaterThan(0);
    expect(load1).toBeGreaterThanOrEqual(0);
    expect(memoryUsedBytes).toBeGreaterThan(0);
    expect(memoryUsedBytes).toBeLessThanOrEqual(memoryBytes);
  });

  test('tells each file system once, and nothing of what isn’t there', async () => {
    const spaces = await system.spaceOf(['/nothing/here', '/usr', '/usr/bin', '/proc']);
    expect(spaces.map(({ path }) => path)).toEqual(['/usr', '/proc']);
    expect(spaces[0]?.usedBytes).toBeGreaterThan(0);
    expect(spaces[0]?.usedBytes).toBeLessThanOrEqual(spaces[0]?.bytes ?? 0);
  });
});
