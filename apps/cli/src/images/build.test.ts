import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { imageBuildOutputSchema } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
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

const pathsOf = (): readonly string[] => [...(world.builds[0]?.context.keys() ?? [])];

describe('image build', () => {
  test('sends what COPY names and nothing else, and says what was made', async () => {
    const folder = project({
      Dockerfile: 'FROM debian:12\nCOPY requirements.txt "a folder" /tmp/\n',
      'requirements.txt': 'tree\n',
      'a folder/deep/file.py': 'x = 1\n',
      'data.bin': 'not wanted',
    });
    symlinkSync('deep', join(folder, 'a folder/link'));
    chmodSync(join(folder, 'requirements.txt'), 0o4755);
    expect(await world.run(['image', 'build', 'thesis'])).toBe(0);
    const [build] = world.builds;
    expect(Object.fromEntries(build?.context ?? [])).toEqual({
      'requirements.txt': 'tree\n',
      'a folder/': '/',
      'a folder/deep/': '/',
      'a folder/deep/file.py': 'x = 1\n',
      'a folder/link': '-> deep',
    });
    expect(build?.input).toMatchObject({
      name: 'thesis',
      dockerfilePath: join(folder, 'Dockerfile'),
      buildArgs: {},
      noCache: false,
    });
    expect(world.printed()).toContain('built thesis:b20261122-1 (1 MiB) in 3s: 2 steps, 1 of them');
    expect(world.said()).toContain('step 2/2 RUN true\n  so it goes\n');
  });

  test('without COPY nothing is sent, however large the folder is', async () => {
    const folder = project({ Dockerfile: 'FROM debian:12\nRUN true\n', 'data.bin': '' });
    truncateSync(join(folder, 'data.bin'), 200_000_000);
    expect(await world.run(['image', 'build', 'thesis'])).toBe(0);
    expect(pathsOf()).toEqual([]);
  });

  test('too much is refused with what is large, and .dockerignore helps', async () => {
    const folder = project({ Dockerfile: 'FROM debian:12\nCOPY . /app\n', 'main.py': '' });
    writeFileSync(join(folder, 'data.bin'), '');
    truncateSync(join(folder, 'data.bin'), 200_000_000);
    await expect(world.run(['image', 'build', 'thesis'])).rejects.toMatchObject({
      code: 'build.context-too-large',
      message: expect.stringContaining('data.bin (191 MiB)') as string,
    });
    writeFileSync(join(folder, '.dockerignore'), '*.bin\n');
    expect(await world.run(['image', 'build', 'thesis'])).toBe(0);
    expect(pathsOf().toSorted()).toEqual(['.dockerignore', 'Dockerfile', 'main.py']);
  });

  test('what links lead to comes along inside, and never from outside', async () => {
    const folder = project({
      Dockerfile: 'FROM debian:12\nCOPY current/config.yaml out /app/\n',
      'versions/2/config.yaml': 'two',
    });
    symlinkSync('versions/2', join(folder, 'current'));
    writeFileSync(join(world.folder, 'secret'), 'secret');
    symlinkSync('../../secret', join(folder, 'out'));
    expect(await world.run(['image', 'build', 'thesis'])).toBe(0);
    const sent = Object.fromEntries(world.builds[0]?.context ?? []);
    expect(sent).toMatchObject({
      current: '-> versions/2',
      'versions/2/config.yaml': 'two',
      out: '-> ../../secret',
    });
    expect(Object.values(sent)).not.toContain('secret');
  });

  test('a source that is missing, or left out, is refused before anything is built', async () => {
    const folder = project({ Dockerfile: 'FROM debian:12\nCOPY a.txt b.txt /\n', 'a.txt': '' });
    await expect(world.run(['image', 'build', 'thesis'])).rejects.toMatchObject({
      code: 'build.context-invalid',
      message: expect.stringContaining('b.txt') as string,
    });
    writeFileSync(join(folder, 'b.txt'), '');
    writeFileSync(join(folder, '.dockerignore'), 'b.txt\n');
    await expect(world.run(['image', 'build', 'thesis'])).rejects.toMatchObject({
      message: expect.stringContaining('.dockerignore leaves out') as string,
    });
    expect(world.builds).toEqual([]);
  });

  test('what the base copies by itself is sent, too', async () => {
    project({ Dockerfile: 'FROM debian:12\n', 'app.py': 'x', other: 'y' });
    const view = { ...debian, onBuild: ['COPY app.py /app/'] };
    const answers = { 'images.show': view };
    expect(await world.run(['image', 'build', 'thesis'], { answers })).toBe(0);
    expect(pathsOf()).toEqual(['app.py']);
  });

  test.each([
    ['no Dockerfile', {}, 'dockerfile.not-found'],
    ['one without FROM', { Dockerfile: 'RUN true\n' }, 'dockerfile.invalid'],
    ['an empty one', { Dockerfile: '' }, 'dockerfile.invalid'],
  ])('%s is said', async (_, files, code) => {
    project(files);
    await expect(world.run(['image', 'build', 'thesis'])).rejects.toMatchObject({ code });
  });

  test('a pipe and a link in place of the Dockerfile are refused at once', async () => {
    const folder = project({ other: 'FROM debian:12\n' });
    spawnSync('mkfifo', [join(folder, 'Dockerfile')]);
    const build = world.run(['image', 'build', 'thesis']);
    await expect(build).rejects.toMatchObject({ code: 'file.not-a-file' });
    symlinkSync('other', join(folder, 'linked'));
    const words = ['image', 'build', 'thesis', '--dockerfile', join(folder, 'linked')];
    expect(await world.run(words)).toBe(0);
  });

  test('flags go to the build', async () => {
    const folder = project({ 'docker/Dockerfile': 'FROM debian:12 AS base\nCOPY x /\n', x: 'x' });
    const dockerfile = join(folder, 'docker/Dockerfile');
    const flags = ['--no-cache', '--pull', '--tag', 'exp-1', '--build-arg', 'A=b=c'];
    const more = ['--target', 'base', '--network', 'host', '--context', folder, '--json'];
    const words = ['image', 'build', 'thesis', '--dockerfile', dockerfile, ...flags, ...more];
    expect(await world.run(words)).toBe(0);
    expect(world.builds[0]?.input).toMatchObject({
      buildArgs: { A: 'b=c' },
      noCache: true,
      pull: true,
      tag: 'exp-1',
      target: 'base',
      hostNetwork: true,
    });
    const result = imageBuildOutputSchema.parse(JSON.parse(world.printed()));
    expect(result.dockerfile).toMatchObject({ path: dockerfile, backup: null });
  });
});

test('on a terminal a line stays for each step that is done', async () => {
  project({ Dockerfile: 'FROM debian:12\nRUN true\n' });
  expect(await world.run(['image', 'build', 'thesis'], { terminal: true })).toBe(0);
  const stayed = world.said().replaceAll(/\r\u001B\[2K(?:[|/\\-] .*?(?=\r|$))?/g, '');
  expect(stayed).toBe('step 1/2 FROM debian:12  cached\nstep 2/2 RUN true  3s\n');
});

describe('a build that doesn’t work out', () => {
  beforeEach(() => {
    project({ Dockerfile: 'FROM debian:12\nRUN false\n' });
  });

  test('shows the last lines, and fails as the daemon says', async () => {
    const error = ds01Error('image.build-failed', {
      message: 'Step 2 of 2 failed: RUN false',
      hint: 'ds01 image log thesis',
      details: { lastLines: ['first \u001B[31mred', 'then'] },
    });
    const answer = () => Promise.reject(error);
    const build = world.run(['image', 'build', 'thesis'], { answer, terminal: true });
    await expect(build).rejects.toMatchObject({ code: 'image.build-failed' });
    expect(world.said()).toMatch(/ {2}\| first [^\u001B]*red\n {2}\| then\n/);
  });

  test('Ctrl-C cancels it', async () => {
    const controller = new AbortController();
    let closed = 0;
    const answer = () => {
      controller.abort();
      return new Promise<null>(() => undefined);
    };
    const { signal } = controller;
    const onClose = (): void => void (closed += 1);
    await expect(
      world.run(['image', 'build', 'thesis'], { answer, signal, onClose }),
    ).rejects.toMatchObject({ code: 'operation.interrupted' });
    expect(closed).toBeGreaterThan(0);
  });

  test('an end without a result is a failure', async () => {
    const answer = () => Promise.resolve(0);
    await expect(world.run(['image', 'build', 'thesis'], { answer })).rejects.toMatchObject({
      code: 'image.build-failed',
    });
  });
});

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

  test('without a base, a script is told what to say', async () => {
    const create = world.run(['image', 'create', 'thesis', '-p', 'timm']);
    await expect(create).rejects.toMatchObject({ code: 'usage.invalid' });
  });
});
