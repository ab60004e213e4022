import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { useCases } from '@ds01/dockerfile-builder';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { container } from '../wizard/testing/scripted.ts';
import { createImageWorld, type ImageWorld } from './testing/image-world.ts';

let world: ImageWorld;
beforeEach(() => {
  world = createImageWorld();
});
afterEach(() => world[Symbol.dispose]());

const create = (name: string, ...more: readonly string[]) =>
  world.run(['image', 'create', name, '--base', 'debian:12', ...more]);
const pathOf = (name: string, file = 'Dockerfile') => join(world.workspaces, name, file);
const textOf = (name: string) => readFileSync(pathOf(name), 'utf8');

const nothingOfTheEngine: RouteOutput<'containers.show'>['engine'] = {
  pid: null,
  exitCode: null,
  outOfMemory: false,
  user: '',
  command: [],
  mounts: [],
  ports: [],
  cgroupParent: '',
  resources: {},
};

/** Numbers in brackets are those of the list of what went wrong in the bash and Python predecessor. */
describe('unlike its predecessor', () => {
  test('a deleted image leaves the Dockerfile as it is (6)', async () => {
    await create('thesis', '-p', 'timm');
    const before = textOf('thesis');
    const gone = { tags: ['ds01-alice/thesis:latest'], ids: [], freedBytes: 0, kept: [] };
    const answers = { 'images.delete': gone };
    expect(await world.run(['image', 'delete', 'thesis', '--force', '--yes'], { answers })).toBe(0);
    expect(textOf('thesis')).toBe(before);
  });

  test.each(['../x', '..', 'a/../../b', '/etc/x', 'x;reboot', '.*'])(
    'the name %j leads nowhere (8, 34)',
    async (name) => {
      for (const verb of ['create', 'build', 'update']) {
        const more = verb === 'create' ? ['--base', 'debian:12'] : [];
        const run = world.run(['image', verb, name, ...more, '--yes']);
        await expect(run).rejects.toMatchObject({ code: expect.stringMatching(/\.invalid$/) });
      }
      expect(readdirSync(world.folder)).toEqual([]);
      expect(world.builds).toEqual([]);
    },
  );

  test.each([...Object.keys(useCases), 'custom'])(
    'every kind of project makes an image without questions: %s (15, 37)',
    async (kind) => {
      expect(await create('thesis', '--type', kind)).toBe(0);
      expect(world.builds[0]?.input.dockerfile).toBe(textOf('thesis'));
    },
  );

  test('what is changed in a requirements file takes effect with the next build (16)', async () => {
    const list = join(world.folder, 'req.txt');
    writeFileSync(list, 'timm\n');
    await create('thesis', '--requirements', list);
    writeFileSync(pathOf('thesis', 'req.txt'), 'einops>=0.8\n');
    expect(await world.run(['image', 'update', 'thesis', '--rebuild'])).toBe(0);
    const [first, second] = world.builds;
    expect(first?.context.get('req.txt')).toBe('timm\n');
    expect(second?.context.get('req.txt')).toBe('einops>=0.8\n');
    expect(second?.input.dockerfile).toBe(first?.input.dockerfile);
  });

  test('a script that names no image is told so, instead of ending without a word (23)', async () => {
    for (const verb of ['show', 'delete', 'update', 'history', 'rollback']) {
      await expect(world.run(['image', verb])).rejects.toMatchObject({
        code: 'usage.invalid',
        message: expect.stringMatching(/^Which image/),
      });
    }
  });

  test('an image goes after its container, by the name that this had (24)', async () => {
    const mine = { ...container('thesis'), image: 'ds01-alice/thesis:latest' };
    const answers = {
      'containers.remove': { container: mine, note: null },
      'images.history': { name: 'thesis', versions: [] },
      'images.delete': { tags: ['ds01-alice/thesis:latest'], ids: [], freedBytes: 0, kept: [] },
    };
    const words = ['container', 'remove', 'thesis', '--images', '--yes'];
    expect(await world.run(words, { answers })).toBe(0);
    expect(world.said()).toContain('deleted thesis:latest');
    const used = ds01Error('image.in-use', { message: 'Your container night needs it.' });
    const failures = { 'images.delete': [used] };
    expect(await world.run(words, { answers, failures })).toBe(0);
    expect(world.said()).toContain('thesis stays: Your container night needs it.');
  });

  test('several packages are installed as several (28)', async () => {
    await create('thesis', '-p', 'timm', '--no-build');
    const mine = { ...container('night'), image: 'ds01-alice/thesis:latest' };
    const answers = { 'containers.show': { container: mine, engine: nothingOfTheEngine } };
    const words = ['image', 'install', 'night', 'einops', 'pandas>=2.0', 'torch[x]', '--yes'];
    expect(await world.run(words, { answers })).toBe(0);
    const text = textOf('thesis');
    for (const spec of ['einops', "'pandas>=2.0'", "'torch[x]'"]) expect(text).toContain(spec);
    expect(world.builds.map(({ input }) => input.dockerfile)).toEqual([text]);
  });

  test('folders and files with spaces are sent as they are (33)', async () => {
    const list = join(world.folder, 'my lists', 'req uirements.txt');
    mkdirSync(join(world.folder, 'my lists'));
    writeFileSync(list, 'timm\n');
    expect(await create('thesis', '--requirements', list)).toBe(0);
    expect(world.workspaces).toContain(' ');
    expect(existsSync(pathOf('thesis', 'req uirements.txt'))).toBe(true);
    expect(world.builds[0]?.context.get('req uirements.txt')).toBe('timm\n');
  });

  test('what a command writes is what it builds and what it shows: one generator (38, 39)', async () => {
    const flags = ['--type', 'cv', '--system', 'tree', '-p', 'rich'];
    expect(await create('thesis', ...flags, '--dry-run')).toBe(0);
    const shown = world.printed();
    expect(await create('thesis', ...flags)).toBe(0);
    const withoutTime = (text: string) => text.replaceAll(/ds01\.created_at="[^"]*"/g, '');
    expect(withoutTime(shown)).toContain(withoutTime(textOf('thesis')).trimEnd());
    expect(world.builds[0]?.input.dockerfile).toBe(textOf('thesis'));
    expect(textOf('thesis').match(/^FROM .*$/gm)).toEqual(['FROM debian:12']);
  });
});
