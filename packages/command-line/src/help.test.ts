import { isDs01Error } from '@ds01/contracts/core';
import { expect, test } from 'vitest';
import type { CommandSpec, Program } from './command.ts';
import { commonFlags, later } from './flags.ts';
import { helpText } from './help.ts';
import { classicNames } from './names.ts';
import { parseCommandLine } from './parse.ts';
import { plainScreen } from './screen.ts';

const load = async () => Promise.resolve({ run: async () => Promise.resolve(0) });
const base = { operands: '', flags: [], load };

const commands: readonly CommandSpec<unknown>[] = [
  {
    ...base,
    noun: 'box',
    verb: 'list',
    aliases: ['ls'],
    summary: 'your boxes',
    flags: [{ flags: '-a, --all', description: 'closed ones too' }, later('--soon', 'not yet')],
    example: 'tool box list --all',
  },
  {
    ...base,
    noun: 'lid',
    verb: 'list',
    aliases: ['ls'],
    summary: 'your lids',
    classic: ['get lids', 'lid-show'],
    example: 'tool lid list',
  },
  { ...base, noun: 'lid', verb: 'open', summary: 'open it', example: 'tool lid open' },
  { ...base, noun: 'lid', verb: 'close', summary: 'close it', example: 'tool lid', load: null },
  {
    ...base,
    noun: null,
    verb: 'doctor',
    summary: 'check all',
    example: 'tool doctor',
    classic: ['check all'],
  },
];

const program: Program<unknown> = {
  name: 'tool',
  description: 'boxes and lids',
  version: '1.0.0',
  commands,
  commonFlags,
  helpNames: { commands: null, 'box shape': 'shapes' },
  topics: async () =>
    Promise.resolve([
      { name: 'shapes', summary: 'About shapes', paragraphs: ['They differ.'], examples: ['tool'] },
    ]),
};

const help = (...words: string[]) => helpText(program, words, plainScreen);

async function refusal(...words: string[]) {
  try {
    await help(...words);
  } catch (error) {
    if (isDs01Error(error)) return error;
    throw error;
  }
  throw new Error('there was help');
}

test('a command’s help is found under each of its names', async () => {
  const text = await help('box', 'list');
  expect(text).toBe(
    [
      'tool box list: your boxes',
      '',
      'Usage:',
      '  tool box list [flags]',
      '',
      'Also called:',
      '  box-list, box ls',
      '',
      'Flags:',
      '  -a, --all  closed ones too',
      '',
      ...text.split('\n').slice(11, -3),
      '',
      'Example:',
      '  tool box list --all',
    ].join('\n'),
  );
  for (const words of [['box', 'ls'], ['box-list'], ['box-ls']]) {
    expect(await help(...words)).toBe(text);
  }
  expect(await help('lid-show')).toBe(await help('lid', 'list'));
  expect(await help('get', 'lids')).toBe(await help('lid', 'list'));
  expect(await help('open')).toBe(await help('lid', 'open'));
});

test('a noun’s and a shared verb’s help name their commands, a topic’s is its text', async () => {
  expect(await help('lid')).toContain('lid open  open it');
  expect(await help('lid')).toContain('In a later version:\nlid close');
  expect(await help('list')).toMatch(/box list {2}your boxes\n {2}lid list {2}your lids/);
  expect(await help('get')).toContain('lid list  your lids');
  expect(await help('shapes')).toBe('About shapes\n\nThey differ.\n\nExamples:\n  tool');
  expect(await help()).toMatch(/Topics:\n {2}shapes {2}About shapes/);
});

test('help about what is unknown says what was probably meant', async () => {
  expect(await refusal('box', 'lsit')).toMatchObject({
    code: 'usage.invalid',
    message: 'There is no help about "box lsit". Did you mean box list?',
  });
  expect(await refusal('xyzzy')).toMatchObject({
    message: 'There is no help about "xyzzy".',
    hint: 'tool help',
  });
});

test('help is understood wherever it stands', () => {
  const asked = (calledAs: string, ...words: string[]) =>
    parseCommandLine(program, calledAs, words);
  const aboutList = { kind: 'help', words: ['box', 'list'], missing: false };
  expect(asked('tool', 'help', 'box', 'list')).toEqual(aboutList);
  expect(asked('tool', 'box', 'help', 'list')).toEqual(aboutList);
  expect(asked('tool', 'box', 'list', '--all', '--help')).toEqual(aboutList);
  expect(asked('box', 'help', 'list')).toEqual(aboutList);
  expect(asked('box-list', '-h')).toEqual(aboutList);
  expect(asked('tool', 'help', '--user', 'me', 'box', 'list', '--json')).toEqual(aboutList);
  expect(asked('tool', 'box', 'help', 'list', '--user', 'me')).toEqual(aboutList);
  expect(asked('box', '--help')).toEqual({ kind: 'help', words: ['box'], missing: false });
  expect(asked('box')).toEqual({ kind: 'help', words: ['box'], missing: true });
  expect(asked('tool')).toEqual({ kind: 'help', words: [], missing: true });
  expect(asked('tool', '--help')).toEqual({ kind: 'help', words: [], missing: false });
});

test('names of the help itself ask for everything, or for a topic', async () => {
  const asked = (calledAs: string, ...words: string[]) =>
    parseCommandLine(program, calledAs, words);
  const everything = { kind: 'help', words: [], missing: false };
  expect([asked('commands'), asked('tool', 'commands')]).toEqual([everything, everything]);
  const aboutShapes = { kind: 'help', words: ['shapes'], missing: false };
  expect(asked('tool', 'box', 'shape')).toEqual(aboutShapes);
  expect(asked('box', 'shape', '--json')).toEqual(aboutShapes);
  expect(asked('box-shape', '--help')).toEqual(aboutShapes);
  expect(await help('commands')).toBe(await help());
  expect(await help('box-shape')).toBe(await help('shapes'));
});

test('help about what is all of a later version has an example too', async () => {
  const coming = commands.map((command) => ({ ...command, load: null }));
  const text = await helpText({ ...program, commands: coming }, ['box'], plainScreen);
  expect(text).toMatch(/In a later version:\nbox list\n\nExample:\n {2}tool box list --all$/);
});

test('somebody who types nothing on a terminal is welcomed', () => {
  const welcome: CommandSpec<unknown> = {
    ...base,
    noun: null,
    verb: 'welcome',
    summary: '',
    example: 'tool',
  };
  const welcoming = { ...program, welcome };
  const parsed = parseCommandLine(welcoming, 'tool', ['--dry-run'], true);
  expect(parsed).toMatchObject({ spec: { verb: 'welcome' }, flags: { dryRun: true } });
  expect(parseCommandLine(welcoming, 'tool', [], false)).toMatchObject({ kind: 'help' });
  expect(parseCommandLine(welcoming, 'tool', ['--help'], true)).toMatchObject({ kind: 'help' });
});

test('a program is installed under every name of what it can do', () => {
  expect(classicNames(program)).toEqual([
    'box',
    'box-list',
    'box-ls',
    'box-shape',
    'check',
    'check-all',
    'commands',
    'get',
    'get-lids',
    'lid',
    'lid-list',
    'lid-ls',
    'lid-open',
    'lid-show',
  ]);
});
