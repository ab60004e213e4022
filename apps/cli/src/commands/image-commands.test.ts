import { ds01Error, errorOutputSchema, type ImageView, type RouteInput } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { image } from '../wizard/testing/scripted.ts';

const view = (name: string, path: string | null): ImageView => ({
  image: image(name, true),
  user: '1000:1000',
  command: ['sh'],
  entrypoint: [],
  workingDirectory: '/workspace',
  env: ['PATH'],
  labels: {},
  layers: [{ createdBy: 'COPY a b', sizeBytes: 1024, createdAt: '2026-11-22T08:00:00.000Z' }],
  digest: null,
  onBuild: [],
  sharedWith: { users: ['bob'], groups: ['lab'] },
  dockerfile: { path, text: 'FROM ds01/busybox\n' },
});

const notFound = () =>
  ds01Error('image.not-found', { message: 'There is no image "none" of yours.' });

/** One image with a Dockerfile; `paper` is used, `none` isn't there. */
const shelf = {
  'images.list': () => ({ images: [image('thesis', true), image('paper', true), image('debian')] }),
  'images.show': ({ name }: RouteInput<'images.show'>) => {
    if (name === 'none') throw notFound();
    return view(name, `/home/alice/workspace/${name}/Dockerfile`);
  },
  'images.delete': ({ name, tag }: RouteInput<'images.delete'>) => {
    if (name === 'none') throw notFound();
    if (name === 'paper') {
      throw ds01Error('image.in-use', { message: 'Your container paper was made from paper.' });
    }
    const tags = [`ds01-alice/${name}:${tag ?? 'latest'}`];
    return { tags, ids: ['sha256:1'], freedBytes: 1024, kept: [] };
  },
};

describe('image delete', () => {
  test('says where the Dockerfile stays', async () => {
    const { code, stdout } = await runCommand(['image', 'delete', 'thesis'], shelf);
    expect([code, stdout]).toEqual([
      0,
      'deleted thesis:latest (1 KiB)\n' +
        'the Dockerfile of thesis stays: /home/alice/workspace/thesis/Dockerfile\n',
    ]);
  });

  test('of several goes on after a failure, and ends with the worst code', async () => {
    const words = ['image', 'delete', 'none', 'paper', 'thesis'];
    const { code, stdout } = await runCommand(words, shelf);
    expect(code).toBe(4);
    expect(stdout).toContain('deleted thesis:latest');
    expect(stdout).toContain('failed: There is no image "none" of yours.');
    expect(stdout).toContain('failed: Your container paper was made from paper.');
    const json = await runCommand([...words, '--json'], shelf);
    expect(JSON.parse(json.stdout)).toMatchObject({
      tags: ['ds01-alice/thesis:latest'],
      errors: [{ code: 'image.not-found' }, { code: 'image.in-use' }],
    });
  });

  test('of one that fails is that failure', async () => {
    const { code, stdout } = await runCommand(['image', 'delete', 'none', '--json'], shelf);
    expect([code, errorOutputSchema.parse(JSON.parse(stdout)).error.code]).toEqual([
      3,
      'image.not-found',
    ]);
  });

  test('--all is all of one’s own, and of nobody else’s', async () => {
    const { calls } = await runCommand(['image', 'delete', '--all', '--yes'], shelf);
    const deleted = calls.filter(({ id }) => id === 'images.delete');
    expect(deleted.map(({ input }) => input)).toEqual([
      { name: 'thesis', tag: null, force: false },
      { name: 'paper', tag: null, force: false },
    ]);
  });

  test('of a tag asks for no Dockerfile', async () => {
    const { calls, stdout } = await runCommand(['image', 'rm', 'thesis:exp'], shelf);
    expect(calls).toEqual([
      { id: 'images.delete', input: { name: 'thesis', tag: 'exp', force: false } },
    ]);
    expect(stdout).toBe('deleted thesis:exp (1 KiB)\n');
  });

  test('names and --all are refused together, before anything is asked', async () => {
    const { code, calls } = await runCommand(['image', 'delete', 'thesis', '--all'], shelf);
    expect([code, calls]).toEqual([2, []]);
  });
});

describe('image show', () => {
  test('--dockerfile prints it as it was', async () => {
    const { stdout } = await runCommand(['image', 'show', 'thesis', '--dockerfile'], shelf);
    expect(stdout).toBe('FROM ds01/busybox\n');
  });

  test('tells with whom it is shared, and shows no value of a variable', async () => {
    const { stdout } = await runCommand(['image', 'show', 'thesis'], shelf);
    expect(stdout).toMatch(/shared with +bob, @lab/);
    expect(stdout).toMatch(/variables +PATH$/m);
  });
});

describe('image share', () => {
  const sharing = {
    ...shelf,
    'images.share': ({ users = [], groups = [] }: RouteInput<'images.share'>) => ({
      image: image('thesis', true),
      note: null,
      sharedWith: { users, groups },
    }),
  };

  test('takes users, and groups behind an @', async () => {
    const words = ['image', 'share', 'thesis', '--with', 'bob,@lab', '--with', 'carol'];
    const { calls, stdout } = await runCommand(words, sharing);
    expect(calls).toMatchObject([{ input: { users: ['bob', 'carol'], groups: ['lab'] } }]);
    expect(stdout).toBe('thesis is shared with bob, carol, @lab\n');
  });

  test('without --with tells, and changes nothing', async () => {
    const { calls, stdout } = await runCommand(['image', 'share', 'thesis'], sharing);
    expect(calls.map(({ id }) => id)).toEqual(['images.show']);
    expect(stdout).toBe('thesis is shared with bob, @lab\n');
  });

  test.each(['@', ','])('--with %s is nobody', async (whom) => {
    const { code } = await runCommand(['image', 'share', 'thesis', '--with', whom], sharing);
    expect(code).toBe(2);
  });
});

describe('image tag', () => {
  const tagging = { 'images.tag': () => ({ image: image('thesis', true), note: null }) };

  test.each([
    [['thesis', 'exp'], { name: 'thesis', from: null, to: 'exp', force: false }],
    [['thesis:b20261122-1', 'exp'], { from: 'b20261122-1', to: 'exp' }],
    [['thesis', 'thesis:exp', '--force'], { to: 'exp', force: true }],
  ])('%j is understood', async (words, input) => {
    const { calls } = await runCommand(['image', 'tag', ...words], tagging);
    expect(calls).toMatchObject([{ input }]);
  });

  test('into another image is refused', async () => {
    const { code, calls } = await runCommand(['image', 'tag', 'thesis', 'paper:exp'], tagging);
    expect([code, calls]).toEqual([2, []]);
  });
});

test('two tags of one image are compared as one image', async () => {
  const diff = {
    before: image('thesis', true),
    after: image('thesis', true),
    packages: [{ ecosystem: 'pip' as const, name: 'numpy', before: null, after: '2.1.0' }],
    sizeBytes: -1024,
    commonLayers: 1,
    removedLayers: [],
    addedLayers: [],
  };
  const words = ['image', 'diff', 'thesis', 'thesis:exp'];
  const { calls, stdout } = await runCommand(words, { 'images.diff': () => diff });
  expect(calls).toMatchObject([
    { input: { name: 'thesis', tag: null, otherName: null, otherTag: 'exp' } },
  ]);
  expect(stdout).toMatch(/numpy +pip +- +2\.1\.0/);
  expect(stdout).toContain('thesis:exp is 1 KiB smaller than thesis; they have 1 layer in common');
});

test('prune takes an age, and nothing else for one', async () => {
  const nothing = { tags: [], ids: [], freedBytes: 0, kept: [] };
  const answers = { 'images.prune': () => nothing };
  const { calls } = await runCommand(['image', 'prune', '--older-than', '2w'], answers);
  expect(calls).toEqual([{ id: 'images.prune', input: { olderThanDays: 14 } }]);
  expect((await runCommand(['image', 'prune', '--older-than', 'old'], answers)).code).toBe(2);
});
