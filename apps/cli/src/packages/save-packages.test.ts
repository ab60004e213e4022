import type { PackageChange } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { runCommand, type Answers } from '../testing/run-command.ts';
import { container, image, me } from '../wizard/testing/scripted.ts';
import { fewOf, isNothing, newPackagesOf } from './new-packages.ts';
import { ownImageOf } from './save-packages.ts';

const change = (
  ecosystem: PackageChange['ecosystem'],
  name: string,
  before: string | null,
  after: string | null,
): PackageChange => ({ ecosystem, name, before, after });

const changes = [
  change('pip', 'timm', null, '1.0.9'),
  change('pip', 'numpy', '1.26.0', '2.1.0'),
  change('pip', 'six', '1.16.0', null),
  change('dpkg', 'tree', null, '2.1.0-1'),
  change('npm', 'left-pad', null, '1.3.0'),
];

test('what came or changed is new, with its version where it can be pinned', () => {
  expect(newPackagesOf(changes)).toEqual({
    python: ['timm==1.0.9', 'numpy==2.1.0'],
    system: ['tree'],
    others: ['left-pad (npm)'],
  });
});

test('what only went is nothing to save', () => {
  expect(isNothing(newPackagesOf([change('pip', 'six', '1.16.0', null)]))).toBe(true);
  expect(isNothing(newPackagesOf(changes))).toBe(false);
});

test('of many packages a few are named', () => {
  const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
  expect(fewOf(names)).toBe('p0, p1, p2, p3, p4, p5, p6, p7 and 2 more');
  expect(fewOf(names.slice(0, 2))).toBe('p0, p1');
});

test.each([
  ['ds01-alice/thesis:latest', 'thesis'],
  ['ds01-alice/thesis:exp', 'thesis'],
  ['ds01-alice.other/thesis:latest', null],
  ['ds01-bob/thesis:latest', null],
  ['ds01/busybox:latest', null],
  ['registry.example.org/ds01-alice/thesis', null],
])('%s is the own image %j', (reference, name) => {
  expect(ownImageOf(reference, 'alice')).toBe(name);
});

describe('container save-packages', () => {
  const world = (found: readonly PackageChange[]): Answers => ({
    'users.me': () => me,
    'containers.packages': () => ({ container: container('thesis'), changes: [...found] }),
    'containers.commit': () => ({ image: image('thesis:kept', true), note: null }),
  });

  test('with nothing new says so, and that is no failure', async () => {
    const ran = await runCommand(['container', 'save-packages', 'thesis'], world([]));
    expect(ran.code).toBe(0);
    expect(ran.stdout).toBe('nothing was installed in thesis since its image was made\n');
  });

  test('--commit keeps it under the tag that was given', async () => {
    const words = ['container', 'save-packages', 'thesis', '--commit', '--tag', 'kept'];
    const ran = await runCommand(words, world(changes));
    expect(ran.calls.at(-1)).toEqual({
      id: 'containers.commit',
      input: { name: 'thesis', image: null, tag: 'kept' },
    });
    expect(ran.stdout).toMatch(/timm +pip +- +1\.0\.9[^]*kept as thesis:kept\n$/);
  });

  test('--commit without a tag is refused before anything is looked at', async () => {
    const words = ['container', 'save-packages', 'thesis', '--commit'];
    expect(await runCommand(words, world(changes))).toMatchObject({ code: 2, calls: [] });
  });

  test('of a container that was made from everybody’s image tells what to do instead', async () => {
    const ran = await runCommand(['container', 'save-packages', 'thesis'], world(changes));
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('ds01 container save-packages thesis --commit --tag saved');
  });
});

describe('container retire --images', () => {
  const retired = { ...container('thesis'), image: 'ds01-alice/thesis:latest' };
  const world = (tags: readonly string[]): Answers => ({
    'users.me': () => me,
    'containers.retire': () => ({ container: retired, note: null }),
    'images.history': ({ name }) => ({
      name,
      versions: [
        {
          build: 'b20261122-1',
          tags: [...tags],
          id: 'sha256:1',
          current: true,
          state: 'succeeded',
          reason: null,
          createdAt: '2026-11-22T08:00:00.000Z',
          durationMs: 1,
          sizeBytes: 1,
          containers: [],
        },
      ],
    }),
    'images.delete': () => ({
      tags: ['ds01-alice/thesis:latest'],
      ids: [],
      freedBytes: 0,
      kept: [],
    }),
  });
  const retire = ['container', 'retire', 'thesis', '--images', '--yes'];

  test('deletes the image of which nobody named a version', async () => {
    const ran = await runCommand(retire, world(['latest', 'b20261122-1']));
    expect(ran.calls.at(-1)).toEqual({
      id: 'images.delete',
      input: { name: 'thesis', tag: null, force: false },
    });
    expect(ran.stderr).toContain('deleted thesis:latest');
  });

  test('keeps one of which a version was named', async () => {
    const ran = await runCommand(retire, world(['latest', 'b20261122-1', 'exp']));
    expect(ran.calls.map(({ id }) => id)).not.toContain('images.delete');
    expect(ran.stderr).toContain('thesis stays: you gave it the tag exp');
  });
});
