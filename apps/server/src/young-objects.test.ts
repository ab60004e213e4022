import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Keeps some of what it makes, turn by turn, until nothing grows any longer; prints the room in bytes. */
const busy = `
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { boundYoungObjects } from ${JSON.stringify(join(import.meta.dirname, 'young-objects.ts'))};
const room = () => {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young.space_used_size + young.space_available_size;
};
setFlagsFromString('--semi-space-growth-factor=1');
const before = room();
boundYoungObjects();
for (let turn = 0; turn < 400; turn += 1) {
  const kept = [];
  for (let index = 0; index < 5000; index += 1) kept.push({ index });
  await new Promise((resolve) => setImmediate(resolve, kept));
}
console.log(JSON.stringify({ before, after: room() }));
`;

test('a busy process gets four times the room for young objects, and no more', () => {
  const words = ['--conditions=@ds01/source', '--input-type=module', '--eval', busy];
  const text = execFileSync(process.execPath, words, { encoding: 'utf8' });
  const { before, after } = JSON.parse(text) as { before: number; after: number };
  expect(before / 1_048_576).toBeCloseTo(1, 0);
  expect(after / 1_048_576).toBeCloseTo(4, 0);
});
