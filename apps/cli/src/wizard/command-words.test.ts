import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { parseCommandLine } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { makeFlags, openFlags } from '../command-flags.ts';
import { program } from '../program.ts';
import { flagWords, lineOf } from './command-words.ts';

test('flags become the words that they came from', () => {
  const words = ['--memory', '4g', '-e', 'A=1', '--env', 'B=two words', '-p', '8888', '--cpu-only'];
  const read = (given: readonly string[]) => {
    const parsed = parseCommandLine(program, 'ds01', ['container', 'deploy', ...given]);
    if ('kind' in parsed) throw new Error('no command');
    return parsed.flags;
  };
  const flags = read(words);
  expect(read(flagWords([...makeFlags, ...openFlags], flags))).toEqual(flags);
});

test('a shell reads any line that is shown as the same words', () => {
  const text = fc
    .string({ unit: 'binary' })
    .filter((word) => !/\0/.test(word) && word.isWellFormed());
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (words) => {
      const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${lineOf(words)}`]);
      expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 5 },
  );
});
