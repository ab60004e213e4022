import { readObjectName } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { generatedName } from './generated-name.ts';

test('every generated name is one that a container may have, and none comes twice', () => {
  const taken = new Set<string>();
  for (let count = 0; count < 600; count += 1) {
    const name = generatedName(taken, (below) => (count * 7919) % below);
    expect(readObjectName(name)).toEqual({ ok: true, name });
    expect(taken.has(name)).toBe(false);
    taken.add(name);
  }
});
