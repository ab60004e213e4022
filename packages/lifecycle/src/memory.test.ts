import { expect, test } from 'vitest';
import { lifecycleMemorySchema } from './memory.ts';
import { createLife, hour, ordinary } from './testing/life.ts';

test('a memory that was stored as JSON is read back as it was', () => {
  const situation = { ...ordinary, keepAliveUntilMs: 2 * hour };
  const life = createLife({ situation }).runUntil(2 * hour - 60_000);
  const stored = JSON.stringify(life.memory);
  expect(life.memory?.idleWarning).not.toBeNull();
  expect(lifecycleMemorySchema.parse(JSON.parse(stored))).toEqual(life.memory);
});

test.each(['{}', 'null', '{"evaluatedAtMs":"yesterday"}', '[]'])('%s is no memory', (text) => {
  expect(lifecycleMemorySchema.safeParse(JSON.parse(text)).success).toBe(false);
});
