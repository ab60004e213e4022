import { describe, expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

describe('the words after pnpm start', () => {
  test('start it all when there are none', () => {
    const line = parseCommandLine([]);
    expect(line).toMatchObject({ help: false, host: 'start', as: undefined, command: [] });
  });

  test('name a person, and leave what comes after -- to the command', () => {
    const words = ['--as', 'alice', '--name', 'two', '--', 'ds01', '--as', '--help'];
    expect(parseCommandLine(words)).toMatchObject({
      host: 'start-two',
      as: 'alice',
      command: ['ds01', '--as', '--help'],
    });
  });

  test.each([[['--', 'ls']], [['--as', 'bob', '--gpus', 'none']], [['--bogus']], [['deploy']]])(
    '%j are refused as usage, with a hint',
    (words) => {
      expect(() => parseCommandLine(words)).toThrow(
        expect.objectContaining({ exitCode: 2, hint: 'pnpm start --help' }),
      );
    },
  );
});
