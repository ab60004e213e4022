import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageBuildOutputSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createImageWorld, debian, type ImageWorld } from './testing/image-world.ts';

let world: ImageWorld;
beforeEach(() => {
  world = createImageWorld();
});
afterEach(() => world[Symbol.dispose]());

/** Files of the project `thesis`, by path. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = join(world.workspaces, 'thesis');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe('image create', () => {
  const make = (...more: readonly string[]) =>
    world.run(['image', 'create', 'thesis', '--base', 'debian:12', ...more]);
  const dockerfile = () => join(world.workspaces, 'thesis', 'Dockerfile');

  test('writes a Dockerfile and a .dockerignore, and builds', async () => {
    const more = ['--system', 'tree', '--packages', 'torch>=2.1; python_version<"3.12" timm'];
    expect(await make(...more)).toBe(0);
    const text = readFileSync(dockerfile(), 'utf8');
    expect(text).toContain('FROM debian:12\n');
    expect(text).toContain(`'torch>=2.1; python_version<"3.12"'`);
    expect(text).toContain('    timm');
    expect(world.builds[0]?.input).toMatchObject({ name: 'thesis', dockerfile: text });
    expect(existsSync(join(world.workspaces, 'thesis', '.dockerignore'))).toBe(true);
  });

  test('a list of requirements comes along, with those that it names', async () => {
    const lists = join(world.folder, 'some lists');
    mkdirSync(join(lists, 'more'), { recursive: true });
    writeFileSync(join(lists, 'more/dev.txt'), '-r ../base.txt\n-c limits.txt\ntimm\n');
    writeFileSync(join(lists, 'base.txt'), '');
    writeFileSync(join(lists, 'more/limits.txt'), 'timm<2\n');
    expect(await make('--requirements', join(lists, 'more/dev.txt'))).toBe(0);
    expect(Object.fromEntries(world.builds[0]?.context ?? [])).toEqual({
      'base.txt': '',
      'more/': '/',
      'more/dev.txt': '-r ../base.txt\n-c limits.txt\ntimm\n',
      'more/limits.txt': 'timm<2\n',
    });
    expect(readFileSync(dockerfile(), 'utf8')).toMatch(/pip install .*-r .*more\/dev\.txt/);
    expect(world.said()).toContain('base.txt names no packages so far');
  });

  test('a folder of the project in a list is told where to install it', async () => {
    const list = join(world.folder, 'list.txt');
    writeFileSync(list, 'timm\n-e ./lib\n');
    await expect(make('--requirements', list)).rejects.toMatchObject({
      code: 'requirements.invalid',
      message: expect.stringMatching(/line 2: \.\/lib .*pip install -e \.\/lib/) as string,
    });
    expect(world.builds).toEqual([]);
  });

  test('what is there is replaced only by force, and kept', async () => {
    const folder = project({ Dockerfile: 'FROM mine\n' });
    await expect(make()).rejects.toMatchObject({ code: 'dockerfile.exists' });
    expect(readFileSync(dockerfile(), 'utf8')).toBe('FROM mine\n');
    expect(await make('--force', '--no-build', '--json')).toBe(0);
    const { image, dockerfile: made } = imageBuildOutputSchema.parse(JSON.parse(world.printed()));
    expect(image).toBeNull();
    expect(made.backup).toMatch(/\/Dockerfile\.\d{8}-\d{6}$/);
    expect(readFileSync(made.backup ?? '', 'utf8')).toBe('FROM mine\n');
    expect(readdirSync(folder).filter((name) => name.startsWith('Dockerfile'))).toHaveLength(2);
    expect(world.builds).toEqual([]);
  });

  test('twice at once writes one Dockerfile', async () => {
    const both = await Promise.allSettled([make('-p', 'timm'), make('-p', 'torch')]);
    const text = readFileSync(dockerfile(), 'utf8');
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(world.builds.map(({ input }) => input.dockerfile)).toContain(text);
    expect(readdirSync(join(world.workspaces, 'thesis')).toSorted()).toEqual([
      '.dockerignore',
      'Dockerfile',
    ]);
  });

  test('--pin takes the digest that is known', async () => {
    expect(await make('--pin', '--dry-run')).toBe(0);
    expect(world.printed()).toContain(`FROM debian:12@${debian.digest ?? ''}\n`);
  });

  test('a preview prints the Dockerfile and writes nothing', async () => {
    expect(await make('--dry-run', '-s', 'tree')).toBe(0);
    expect(world.printed()).toContain('FROM debian:12\n');
    expect(existsSync(world.workspaces)).toBe(false);
    expect(world.builds).toEqual([]);
  });

  test.each([
    [['--packages', 'git+https://example.org/x.git'], 'requirements.invalid'],
    [['--packages', '--index-url=http://x'], 'requirements.invalid'],
    [['--system', 'tree;reboot'], 'recipe.invalid'],
    [['--type', 'astrology'], 'usage.invalid'],
    [['--requirements', '/nowhere/list.txt'], 'file.not-found'],
  ])('%j is refused, and nothing is written', async (more, code) => {
    await expect(make(...more)).rejects.toMatchObject({ code });
    expect(existsSync(dockerfile())).toBe(false);
  });

  test.each([
    [['--system', 'tree no;'], '--system "no;":'],
    [['--type', 'ml', '--system', 'tree no;'], '--system "no;":'],
    [['--base', ''], '--base "":'],
  ])('%j is refused with the flag that it came by', async (more, said) => {
    await expect(make(...more)).rejects.toMatchObject({
      code: 'recipe.invalid',
      message: expect.stringContaining(said) as string,
    });
  });

  test('without a base, a script is told what to say', async () => {
    const create = world.run(['image', 'create', 'thesis', '-p', 'timm']);
    await expect(create).rejects.toMatchObject({ code: 'usage.invalid' });
  });
});
