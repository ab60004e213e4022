import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
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
