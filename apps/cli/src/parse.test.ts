import { classicNames, parseCommandLine } from '@ds01/command-line';
import { isDs01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { program } from './program.ts';

function parse(calledAs: string, ...words: string[]) {
  const parsed = parseCommandLine(program, calledAs, words);
  if ('kind' in parsed) throw new Error('help was printed');
  return parsed;
}

function refusalOf(...words: string[]): string {
  try {
    parse('ds01', ...words);
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the command line', () => {
  test('noun and verb, classic name, and noun as program name mean the same', () => {
    const long = parse('ds01', 'container', 'deploy', 'thesis', '--gpus', '2');
    expect(parse('container-deploy', 'thesis', '--gpus', '2')).toEqual(long);
    expect(parse('container', 'deploy', 'thesis', '--gpus', '2')).toEqual(long);
    expect(parse('ds01', 'container-deploy', 'thesis', '--gpus', '2')).toEqual(long);
    expect(long).toMatchObject({ operands: ['thesis'], flags: { gpus: '2' }, trailing: null });
  });

  test('what follows -- belongs to the command inside, flags included', () => {
    const parsed = parse('ds01', 'container', 'run', 'thesis', '--', 'ls', '--json', '--', 'x');
    expect(parsed.trailing).toEqual(['ls', '--json', '--', 'x']);
    expect(parsed.flags['json']).toBeUndefined();
  });

  test('common flags stand anywhere', () => {
    expect(parse('ds01', '--json', 'gpu', 'status').flags['json']).toBe(true);
    expect(parse('ds01', 'gpu', 'status', '--json').flags['json']).toBe(true);
  });

  test('exec takes what Docker’s users type', () => {
    const parsed = parse('ds01', 'container', 'exec', '-it', 'thesis', '--', 'bash');
    expect(parsed).toMatchObject({ operands: ['thesis'], trailing: ['bash'] });
  });

  test('flags may stand before the operands, and take nothing of theirs', () => {
    const parsed = parse('container-deploy', '-w', '/data/x', 'thesis', 'lab/torch:2');
    expect(parsed).toMatchObject({
      operands: ['thesis', 'lab/torch:2'],
      flags: { workspace: '/data/x' },
    });
  });

  test('what the predecessor only promised is there', () => {
    expect(parse('container-stats', '--gpu', 'thesis').flags).toMatchObject({ gpu: true });
    expect(parse('container', 'ls').spec).toBe(parse('ds01', 'container', 'list').spec);
    expect(parse('container', 'open', 'x').spec).toBe(parse('container-run', 'x').spec);
    expect(parseCommandLine(program, 'ds01', ['help', '--atomic'])).toMatchObject({ words: [] });
  });

  test.each(
    'deploy retire create start run attach stop remove pause unpause exit list stats'.split(' '),
  )('container-%s is a program, as it was', (verb) => {
    expect(classicNames(program)).toContain(`container-${verb}`);
    expect(parseCommandLine(program, `container-${verb}`, ['--help'])).toEqual(
      parseCommandLine(program, 'container', [verb, '--help']),
    );
  });

  test.each('create list update delete install remove'.split(' '))(
    'image-%s is a program, as it was',
    (verb) => {
      expect(classicNames(program)).toContain(`image-${verb}`);
      expect(parseCommandLine(program, `image-${verb}`, ['--help'])).toEqual(
        parseCommandLine(program, 'image', [verb, '--help']),
      );
    },
  );

  test('so are the other names of what there is; those of later versions say so', () => {
    const names = ['check-limits', 'get-limits', 'version', 'dashboard', 'help', 'commands'];
    const nouns = ['aliases', 'alias-list', 'container', 'image', 'check', 'get', 'user'];
    expect(classicNames(program)).toEqual(expect.arrayContaining([...names, ...nouns]));
    for (const name of ['project-init', 'project-launch', 'new-project']) {
      expect(parse(name, 'x').spec.load, name).toBeNull();
    }
    for (const name of ['new-user', 'user-setup', 'devcontainer-check']) {
      expect(parse(name).spec.load, name).toBeNull();
    }
  });

  test('a flag may be repeated where the table says so', () => {
    const parsed = parse('ds01', 'container', 'create', 'x', '-e', 'A=1', '-e', 'B=2');
    expect(parsed.flags['env']).toEqual(['A=1', 'B=2']);
  });

  test('common flags may stand before the command too, with their values', () => {
    const parsed = parse('ds01', '--user', 'alice', 'container', '--json', 'show', 'x');
    expect(parsed).toMatchObject({ operands: ['x'], flags: { user: 'alice', json: true } });
    expect(refusalOf('--all', 'container', 'list')).toBe('usage.invalid');
  });

  test.each([
    [['container', 'deploi']],
    [['nothing']],
    [['container', 'deploy', 'x', '--gpu']],
    [['container', 'deploy', 'x', 'y', 'z']],
    [['container', 'rename', 'x']],
    [['container', 'stop', 'x', '--', 'ls']],
    [['gpu', 'status', '--user']],
    // What the predecessor took and ignored, or its pages showed and it never had.
    [['container', 'list', '--format', 'json']],
    [['container', 'deploy', 'x', '--no-gpu']],
    [['container', 'deploy', 'x', '--gpu=1']],
    [['container', 'remove', 'x', '--stop']],
    [['container', 'retire', 'x', '--keep-image']],
    [['container', 'cleanup']],
    [['project', 'deploy']],
  ])('%j is refused as a usage error', (words) => {
    expect(refusalOf(...words)).toBe('usage.invalid');
  });
});
