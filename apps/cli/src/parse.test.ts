import { commonFlags, parseCommandLine } from '@ds01/command-line';
import { isDs01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { commandTable } from './command-table.ts';
import { program } from './program.ts';

async function parse(calledAs: string, ...words: string[]) {
  const parsed = await parseCommandLine(program, calledAs, words);
  if ('exitCode' in parsed) throw new Error('help was printed');
  return parsed;
}

async function refusalOf(...words: string[]): Promise<string> {
  try {
    await parse('ds01', ...words);
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the command line', () => {
  test('noun and verb, classic name, and noun as program name mean the same', async () => {
    const long = await parse('ds01', 'container', 'deploy', 'thesis', '--gpus', '2');
    expect(await parse('container-deploy', 'thesis', '--gpus', '2')).toEqual(long);
    expect(await parse('container', 'deploy', 'thesis', '--gpus', '2')).toEqual(long);
    expect(await parse('ds01', 'container-deploy', 'thesis', '--gpus', '2')).toEqual(long);
    expect(long).toMatchObject({ operands: ['thesis'], flags: { gpus: '2' }, trailing: null });
  });

  test('what follows -- belongs to the command inside, flags included', async () => {
    const parsed = await parse(
      'ds01',
      'container',
      'run',
      'thesis',
      '--',
      'ls',
      '--json',
      '--',
      'x',
    );
    expect(parsed.trailing).toEqual(['ls', '--json', '--', 'x']);
    expect(parsed.flags['json']).toBeUndefined();
  });

  test('common flags stand anywhere', async () => {
    expect((await parse('ds01', '--json', 'gpu', 'status')).flags['json']).toBe(true);
    expect((await parse('ds01', 'gpu', 'status', '--json')).flags['json']).toBe(true);
  });

  test('exec takes what Docker’s users type', async () => {
    const parsed = await parse('ds01', 'container', 'exec', '-it', 'thesis', '--', 'bash');
    expect(parsed).toMatchObject({ operands: ['thesis'], trailing: ['bash'] });
  });

  test('a flag may be repeated where the table says so', async () => {
    const parsed = await parse('ds01', 'container', 'create', 'x', '-e', 'A=1', '-e', 'B=2');
    expect(parsed.flags['env']).toEqual(['A=1', 'B=2']);
  });

  test.each([
    [['container', 'deploi']],
    [['nothing']],
    [['container', 'deploy', 'x', '--gpu']],
    [['container', 'deploy', 'x', 'y', 'z']],
    [['container', 'show']],
    [['container', 'stop', 'x', '--', 'ls']],
    [['gpu', 'status', '--user']],
  ])('%j is refused as a usage error', async (words) => {
    expect(await refusalOf(...words)).toBe('usage.invalid');
  });

  test('every flag that arrives later is known and says so', async () => {
    for (const spec of commandTable) {
      if (spec.load === null) continue;
      const words = spec.noun === null ? [spec.verb] : [spec.noun, spec.verb];
      const operand = [...spec.operands.matchAll(/</g)].map(() => 'x');
      for (const { flags, later } of [...spec.flags, ...commonFlags]) {
        if (later !== true) continue;
        const name = /--[\w-]+/.exec(flags)?.[0] ?? '';
        const value = flags.includes('<') ? ['value'] : [];
        expect(await refusalOf(...words, ...operand, name, ...value), name).toBe('usage.not-yet');
      }
    }
  });
});
