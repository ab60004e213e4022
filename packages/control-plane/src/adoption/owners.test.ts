import { slugOf, usernameSchema } from '@ds01/contracts';
import type { ContainerDetails, HostAccount } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { inFolder, ownerOf, planted, siteWithPeople } from '../testing/adoption.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { brokenInvariants, lookAt } from '../testing/invariants.ts';
import { bob, carol } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import { list } from '../verbs.ts';

const digits: HostAccount = {
  ...carol.owner,
  name: usernameSchema.parse('2001'),
  slug: slugOf(usernameSchema.parse('2001')),
  uid: 5001,
  home: '/home/2001',
};
const cases: readonly [string, Partial<ContainerDetails>, readonly (string | null)[]][] = [
  ['nothing', {}, [null, 'none', 'docker']],
  ['the old label', { labels: { 'ds01.user': 'bob' } }, ['bob', 'label', 'docker']],
  ['the oldest label', { labels: { 'aime.mlc.USER': 'bob' } }, ['bob', 'label', 'atomic']],
  [
    'a label of nobody here',
    { labels: { 'aime.mlc.USER': 'zoe' }, dockerName: 'x._.2002' },
    ['bob', 'name', 'atomic'],
  ],
  ['the name', { dockerName: 'thesis._.2002' }, ['bob', 'name', 'atomic']],
  ['a name with a uid of nobody', { dockerName: 'thesis._.7777' }, [null, 'none', 'atomic']],
  ['a name with a slug', { dockerName: 'thesis._.bob' }, [null, 'none', 'docker']],
  ['a mounted folder', inFolder('/home/bob/data'), ['bob', 'home-folder', 'docker']],
  ['a home next to one', inFolder('/home/bob2/data'), [null, 'none', 'docker']],
  ['all homes', inFolder('/home'), [null, 'none', 'docker']],
  [
    'a dev container',
    { labels: { 'devcontainer.local_folder': '/home/bob/project' } },
    ['bob', 'home-folder', 'devcontainer'],
  ],
  [
    'a project of Compose',
    { labels: { 'com.docker.compose.project.working_dir': '/home/bob/stack' } },
    ['bob', 'compose', 'compose'],
  ],
  [
    'a project of Compose elsewhere',
    { labels: { 'com.docker.compose.project.working_dir': '/opt/stack' } },
    [null, 'none', 'compose'],
  ],
  [
    'label before name',
    { labels: { 'aime.mlc.USER': 'bob' }, dockerName: 'x._.2001' },
    ['bob', 'label', 'atomic'],
  ],
  [
    'name before folder of a dev container',
    { labels: { 'devcontainer.local_folder': '/home/alice/x' }, dockerName: 'x._.2002' },
    ['bob', 'name', 'devcontainer'],
  ],
  [
    'folder before Compose',
    {
      ...inFolder('/home/bob/data'),
      labels: { 'com.docker.compose.project.working_dir': '/home/alice/stack' },
    },
    ['bob', 'home-folder', 'compose'],
  ],
  [
    'folders of two people',
    {
      mounts: ['/home/alice/a', '/home/bob/b'].map((source) => ({
        source,
        target: source,
        readOnly: true,
      })),
    },
    [null, 'contradictory', 'docker'],
  ],
  [
    'somebody’s folder that it only reads',
    { mounts: [{ source: '/home/bob/data', target: '/data', readOnly: true }] },
    [null, 'none', 'docker'],
  ],
  [
    'a folder that it only reads, running as its owner',
    { mounts: [{ source: '/home/bob/data', target: '/data', readOnly: true }], user: '2002' },
    ['bob', 'home-folder', 'docker'],
  ],
  [
    'a label of one with folders of another',
    { ...inFolder('/home/alice/a'), labels: { 'ds01.user': 'bob' } },
    [null, 'contradictory', 'docker'],
  ],
  [
    'a folder of one, running as another',
    { ...inFolder('/home/alice/shared'), user: '2002:2002' },
    [null, 'contradictory', 'docker'],
  ],
  [
    'a folder of one, running as nobody here',
    { ...inFolder('/home/bob/data'), user: '1000' },
    ['bob', 'home-folder', 'docker'],
  ],
  [
    'a label for what serves everybody',
    { labels: { 'ds01.monitoring': 'true', 'ds01.user': 'bob' } },
    [null, 'infrastructure', 'docker'],
  ],
  [
    'labels in the form that DS01 signs',
    { labels: { 'ds01.user': 'bob', 'ds01.uid': '2002', 'ds01.managed': 'true' } },
    [null, 'none', 'docker'],
  ],
];

describe('the owner of a container that DS01 did not make', () => {
  test.each(cases)('with %s', async (_, changes, expected) => {
    const world = siteWithPeople();
    const found = await planted(world, foreignContainer(1, changes));
    expect(await ownerOf(world, found)).toEqual(expected);
  });

  test('is not whom digits name that are an account of another uid', async () => {
    const world = siteWithPeople([digits]);
    const found = await planted(world, foreignContainer(1, { dockerName: 'thesis._.2001' }));
    expect(await ownerOf(world, found)).toEqual([null, 'none', 'atomic']);
    const same = createWorld({ accounts: [{ ...digits, uid: 2001 }] });
    const other = await planted(same, foreignContainer(1, { dockerName: 'thesis._.2001' }));
    expect(await ownerOf(same, other)).toEqual(['2001', 'name', 'atomic']);
  });

  test('is never read from the labels of its image', async () => {
    const world = siteWithPeople();
    const labels = {
      'ds01.user': 'alice',
      'aime.mlc.USER': 'alice',
      'devcontainer.local_folder': '/home/alice/x',
      'com.docker.compose.project.working_dir': '/home/alice/x',
    };
    const source = await planted(world, foreignContainer(1, { labels }));
    const target = { repository: 'gift', tag: 'latest', pause: false };
    const imageId = await world.engine.commitContainer(source.id, target);
    const made = foreignContainer(2, { labels, imageId });
    world.engine.plant(made);
    const lost = foreignContainer(3, { labels, imageId: 'sha256:gone' });
    world.engine.plant(lost);
    expect(await ownerOf(world, made)).toEqual([null, 'none', 'docker']);
    expect(await ownerOf(world, lost)).toEqual([null, 'none', 'docker']);
    expect(await ownerOf(world, source)).toEqual(['alice', 'label', 'devcontainer']);
  });

  test('is looked for again later when it could not be found out, and counts from then on', async () => {
    const world = siteWithPeople();
    world.folders.broken = true;
    const details = { ...gpusFlag({ count: 1 }), ...inFolder('/home/bob/data') };
    const found = await planted(world, foreignContainer(1, details));
    const process = world.process();
    const { containers } = await list(process.deps, bob, { all: true });
    expect(containers).toEqual([]);
    expect(await ownerOf(world, found)).toEqual([null, null, 'docker']);
    expect((await lookAt(world)).leases).toMatchObject([{ user: null, state: 'external' }]);

    world.folders.broken = false;
    await list(process.deps, bob, { all: true });
    expect(
      process.lifeline.calls.filter((call) => call === 'engine.inspectContainer'),
    ).toHaveLength(1);
    world.clock.advance(61_000);
    expect((await list(process.deps, bob, { all: true })).containers).toHaveLength(1);
    expect((await lookAt(world)).leases).toMatchObject([{ user: 'bob', state: 'external' }]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('follows its name', async () => {
    const world = siteWithPeople();
    const found = await planted(
      world,
      foreignContainer(1, { dockerName: 'x._.2001', ...gpusFlag({ count: 1 }) }),
    );
    expect(await ownerOf(world, found)).toEqual(['alice', 'name', 'atomic']);
    await world.engine.renameContainer(found.id, 'y._.2002');
    expect(await ownerOf(world, found)).toEqual(['bob', 'name', 'atomic']);
    expect((await lookAt(world)).leases).toMatchObject([{ user: 'bob' }]);
  });
});
