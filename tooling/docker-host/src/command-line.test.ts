import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

test('words after -- belong to the command, whatever they look like', () => {
  const line = parseCommandLine(['exec', '--name', 'a', '--', 'sh', '-c', 'x', '--name', 'b']);
  expect(line.name).toBe('a');
  expect(line.command).toEqual(['sh', '-c', 'x', '--name', 'b']);
});

test.each([
  [['start', '--gate', 'open']],
  [['restart', '--signal', 'HUP']],
  [['start', '--what']],
  [['stop', 'other']],
])('%j is refused with exit code 2', (words) => {
  expect(() => parseCommandLine(words)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
