import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageBuildOutputSchema } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { container } from '../wizard/testing/scripted.ts';
import { createImageWorld, type ImageWorld } from './testing/image-world.ts';

let world: ImageWorld;
let folder: string;
let dockerfile: string;
beforeEach(async () => {
  world = createImageWorld();
  folder = join(world.workspaces, 'thesis');
  dockerfile = join(folder, 'Dockerfile');
  const make = ['image', 'create', 'thesis', '--base', 'debian:12', '--no-build', '-p', 'timm'];
  await world.run([...make, '--system', 'tree']);
});
afterEach(() => world[Symbol.dispose]());

const update = (...flags: readonly string[]) => world.run(['image', 'update', 'thesis', ...flags]);
const text = () => readFileSync(dockerfile, 'utf8');

test('several changes are one build', async () => {
  const list = join(world.folder, 'more.txt');
  writeFileSync(list, 'einops\n');
  const adds = ['--add', 'pandas>=2.0', '--add-system', 'htop', '--requirements', list];
  expect(await update('--remove', 'timm', ...adds)).toBe(0);
  expect(world.builds).toHaveLength(1);
  expect(world.builds[0]?.input.dockerfile).toBe(text());
  expect(text()).toContain("'pandas>=2.0'");
  expect(text()).toContain('htop');
  expect(text()).not.toContain('timm');
  expect(world.builds[0]?.context.get('more.txt')).toBe('einops\n');
});

test('adding and removing gives the Dockerfile of before, byte for byte', async () => {
  writeFileSync(dockerfile, `# by hand\r\n${text()}\n# the end`);
  const before = text();
  expect(await update('--add', 'pandas>=2.0', '--no-build')).toBe(0);
  expect(text()).not.toBe(before);
  expect(await update('--remove', 'pandas', '--no-build')).toBe(0);
  expect(text()).toBe(before);
});

test('what changes nothing says so and builds nothing, unless it shall', async () => {
  const before = text();
  expect(await update('--add', 'timm', '--json')).toBe(0);
  const printed = world.printed();
  const result = imageBuildOutputSchema.parse(JSON.parse(printed.slice(printed.indexOf('{'))));
  expect(result).toMatchObject({ image: null, notices: [expect.stringContaining('timm')] });
  expect(world.builds).toEqual([]);
  expect(await update('--add', 'timm', '--rebuild', '--no-cache')).toBe(0);
  expect(world.builds[0]?.input).toMatchObject({ dockerfile: before, noCache: true });
});

test('a preview shows the Dockerfile and changes nothing', async () => {
  const before = text();
  expect(await update('--add', 'einops', '--dry-run')).toBe(0);
  expect(world.printed()).toContain('einops');
  expect(text()).toBe(before);
  expect(world.builds).toEqual([]);
});

test('a build that fails leaves the change, and says which', async () => {
  const answer = () => Promise.reject(ds01Error('image.build-failed', { message: 'No.' }));
  const words = ['image', 'update', 'thesis', '--add', 'einops'];
  await expect(world.run(words, { answer })).rejects.toMatchObject({ code: 'image.build-failed' });
  expect(text()).toContain('einops');
  expect(world.said()).toContain(`changed ${dockerfile}`);
  expect(world.said()).toContain(`note: ${dockerfile} keeps the change`);
});

test('a build that was cancelled leaves the Dockerfile of before', async () => {
  const before = text();
  const interrupt = new AbortController();
  const answer = () => {
    expect(text()).toContain('einops');
    interrupt.abort();
    return new Promise<null>(() => undefined);
  };
  const words = ['image', 'update', 'thesis', '--add', 'einops'];
  const cancelled = world.run(words, { answer, signal: interrupt.signal });
  await expect(cancelled).rejects.toMatchObject({ code: 'operation.interrupted' });
  expect(text()).toBe(before);
  expect(world.said()).toContain(`note: ${dockerfile} is as it was before`);
});

test('a list that is copied into the project is said to be', async () => {
  const list = join(world.folder, 'list.txt');
  writeFileSync(list, 'einops\n');
  expect(await update('--requirements', list)).toBe(0);
  expect(world.said()).toContain(`note: copied to ${join(folder, 'list.txt')}: edit it there`);
});

test('what is no package is answered with the words of an update', async () => {
  const hint = 'ds01 image update thesis --add "pandas>=2 timm"';
  await expect(update('--add', 'pandas=1')).rejects.toMatchObject({ hint });
});

test('the container that uses it is named, with the command that makes it anew', async () => {
  const mine = { ...container('night'), image: 'ds01-alice/thesis:latest' };
  const answers = { 'containers.list': { containers: [mine, container('other')] } };
  expect(await world.run(['image', 'update', 'thesis', '--rebuild'], { answers })).toBe(0);
  const line = 'ds01 container deploy night --image thesis --replace --background --cpu-only';
  expect(world.said()).toContain(`next: ${line}\n`);
  expect(world.said()).not.toContain('other still has');
});

test('a file of requirements is replaced only by force', async () => {
  writeFileSync(join(folder, 'list.txt'), 'old\n');
  mkdirSync(join(world.folder, 'new'));
  writeFileSync(join(world.folder, 'new/list.txt'), 'einops\n');
  const flags = ['--requirements', join(world.folder, 'new/list.txt')];
  await expect(update(...flags)).rejects.toMatchObject({ code: 'dockerfile.exists' });
  expect(await update(...flags, '--force')).toBe(0);
  expect(readFileSync(join(folder, 'list.txt'), 'utf8')).toBe('einops\n');
  const kept = readdirSync(folder).find((name) => name.startsWith('list.txt.')) ?? '';
  expect(readFileSync(join(folder, kept), 'utf8')).toBe('old\n');
});

test('what is needed and can’t be understood is refused, and nothing is written', async () => {
  const before = text();
  await expect(update()).rejects.toMatchObject({ code: 'usage.invalid' });
  await expect(update('--add', 'a b c ;;')).rejects.toMatchObject({ code: 'requirements.invalid' });
  await expect(update('--edit')).rejects.toMatchObject({ code: 'usage.invalid' });
  writeFileSync(dockerfile, Buffer.from([0x46, 0xff, 0x0a]));
  await expect(update('--rebuild')).rejects.toMatchObject({ code: 'dockerfile.invalid' });
  writeFileSync(dockerfile, before);
  chmodSync(dockerfile, 0o644);
  expect(world.builds).toEqual([]);
});
