import { expect, test } from 'vitest';
import type { CommandSpec, Program } from './command.ts';
import { completeWords, noCompletion, type ValueSource } from './complete.ts';
import { commonFlags, later } from './flags.ts';

const load = async () => Promise.resolve({ run: async () => Promise.resolve(0) });
const base = { operands: '', flags: [], example: 'tool', load };

const commands: readonly CommandSpec<unknown>[] = [
  {
    ...base,
    noun: 'box',
    verb: 'open',
    summary: 'open a box',
    operands: '[name]',
    trailing: true,
    flags: [
      { flags: '-k, --key <name>', description: 'with this key' },
      { flags: '-l, --label <text>', description: 'a label', repeat: true },
      { flags: '--all', description: 'all boxes' },
      { flags: '--fade [time]', description: 'slowly', takes: /^\d/ },
      later('--soon', 'not yet'),
    ],
  },
  { ...base, noun: 'box', verb: 'list', aliases: ['ls'], summary: 'list', classic: ['get boxes'] },
  { ...base, noun: 'box', verb: 'melt', summary: 'later', load: null },
  { ...base, noun: null, verb: 'doctor', summary: 'check' },
];
const program: Program<unknown> = {
  name: 'tool',
  description: '',
  version: '1',
  commands,
  commonFlags,
};

/** Values that tell what they were asked for. */
const values: ValueSource<unknown> = async ({ flag, valueOf, operands }) =>
  Promise.resolve({
    ...noCompletion,
    candidates: ['red', 'round', 'blue'].map((name) => ({
      value: `${name}${flag === null ? '' : '-key'}`,
      description: `${valueOf('--user') ?? 'me'} ${operands.join(' ')}`.trim(),
    })),
  });

async function offered(line: string, calledAs = 'tool'): Promise<readonly string[]> {
  const { candidates, paths } = await completeWords(
    program,
    { calledAs, words: line.split(' ') },
    values,
  );
  return [...candidates.map(({ value }) => value), ...(paths === null ? [] : [`:${paths}`])];
}

test('first nouns and commands, then verbs, aliases and classic ones', async () => {
  expect(await offered('')).toEqual(['box', 'doctor', 'help']);
  expect(await offered('b')).toEqual(['box']);
  expect(await offered('box ')).toEqual(['open', 'list', 'ls']);
  expect(await offered('box l')).toEqual(['list', 'ls']);
  expect(await offered('get ')).toEqual(['boxes']);
  expect(await offered('help box ')).toEqual(['open', 'list', 'ls']);
  expect(await offered('nothing ')).toEqual([]);
  expect(await offered('--j')).toEqual(['--json']);
});

test('then flags that are not given yet, and values where they belong', async () => {
  expect(await offered('box open -')).toEqual([
    '--key',
    '--label',
    '--all',
    '--fade',
    '--json',
    '--dry-run',
    '--yes',
    '--user',
    '--quiet',
    '--no-color',
    '--guided',
    '--concepts',
    '--info',
  ]);
  expect(await offered('box open --all --label x --a')).toEqual([]);
  expect(await offered('box open --label x --l')).toEqual(['--label']);
  expect(await offered('box open r')).toEqual(['red', 'round']);
  expect(await offered('box open red ')).toEqual([]);
  expect(await offered('box open --key b')).toEqual(['blue-key']);
  expect(await offered('box open -k b')).toEqual(['blue-key']);
  expect(await offered('box open --key=b')).toEqual(['--key=blue-key']);
  expect(await offered('box open --key blue-key r')).toEqual(['red', 'round']);
  expect(await offered('box list ')).toEqual([]);
});

test('a classic name is the command that it stands for', async () => {
  expect(await offered('r', 'box-open')).toEqual(['red', 'round']);
  expect(await offered('o', 'box')).toEqual(['open']);
  expect(await offered('b', 'get')).toEqual(['boxes']);
});

test('after -- the shell offers files', async () => {
  expect(await offered('box open red -- b')).toEqual([':files']);
});

test('values are of the user that the line acts for', async () => {
  const line = { calledAs: 'tool', words: ['box', 'open', '--user', 'alice', 'bl'] };
  const { candidates } = await completeWords(program, line, values);
  expect(candidates).toEqual([{ value: 'blue', description: 'alice' }]);
});

test('a value that may be left out is offered only after its sign', async () => {
  expect(await offered('box open --fade=r')).toEqual(['--fade=red-key', '--fade=round-key']);
  expect(await offered('box open --fade r')).toEqual(['red', 'round']);
});
