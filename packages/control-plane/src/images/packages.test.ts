import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { deployed } from '../testing/commands.ts';
import { imageWorld } from '../testing/images.ts';
import { bob } from '../testing/people.ts';

const accounts = { '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n', '/etc/group': 'root:x:0:\n' };
const sitePackages = '/usr/lib/python3/dist-packages';
const wheel = (name: string, version: string): Record<string, string> => ({
  [`${sitePackages}/${name}-${version}.dist-info/METADATA`]: `Name: ${name}\nVersion: ${version}\n`,
});
const dpkg = (...packages: readonly string[]): Record<string, string> => ({
  '/var/lib/dpkg/status': packages
    .map((name) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n`)
    .join('\n'),
});

const cpuOnly = { gpu: { kind: 'none' } } as const;

function twoImages() {
  return imageWorld({
    images: [
      {
        tags: ['ds01-alice/thesis:v1'],
        files: { ...accounts, ...dpkg('tree'), ...wheel('numpy', '1.0'), ...wheel('old', '1') },
      },
      {
        tags: ['ds01-alice/thesis'],
        files: { ...accounts, ...dpkg('tree', 'git'), ...wheel('numpy', '2.0') },
      },
      { tags: ['ds01-alice/fedora'], files: { ...accounts, '/var/lib/rpm/Packages': 'x' } },
    ],
  });
}

test('packages are read once for an image, from a container that is gone afterwards', async () => {
  const { world, call } = twoImages();
  const first = await call('images.packages', { name: 'thesis' });
  expect(first.packages.map(({ ecosystem, name, version }) => [ecosystem, name, version])).toEqual([
    ['dpkg', 'git', '1'],
    ['dpkg', 'tree', '1'],
    ['pip', 'numpy', '2.0'],
  ]);
  const calls = world.engine.calls.get('exportContainer');
  expect(await call('images.packages', { name: 'thesis' })).toEqual(first);
  expect(world.engine.calls.get('exportContainer')).toBe(calls);
  expect(await world.engine.listContainers()).toEqual([]);
});

test('two versions differ in packages, size and layers', async () => {
  const { call } = twoImages();
  const diff = await call('images.diff', { name: 'thesis', tag: 'v1', otherTag: 'latest' });
  expect(diff.packages).toEqual([
    { ecosystem: 'dpkg', name: 'git', before: null, after: '1' },
    { ecosystem: 'pip', name: 'numpy', before: '1.0', after: '2.0' },
    { ecosystem: 'pip', name: 'old', before: '1', after: null },
  ]);
  expect(diff).toMatchObject({ commonLayers: 0, sizeBytes: 0 });
  const same = await call('images.diff', { name: 'thesis' });
  expect(same).toMatchObject({ packages: [], removedLayers: [], addedLayers: [], sizeBytes: 0 });
});

test('layers that were added are those above what both have', async () => {
  const { world, call } = imageWorld();
  await built(world.deps(), 'FROM ds01/busybox\nRUN one\n');
  await call('images.tag', { name: 'thesis', to: 'v1' });
  await built(world.deps(), 'FROM ds01/busybox\nRUN one\nRUN two\n');
  const diff = await call('images.diff', { name: 'thesis', tag: 'v1', otherTag: 'latest' });
  expect(diff.commonLayers).toBeGreaterThan(0);
  expect(diff.addedLayers.map(({ createdBy }) => createdBy).join()).toContain('two');
  expect(diff.addedLayers.map(({ createdBy }) => createdBy).join()).not.toContain('one');
  expect(diff.removedLayers).toEqual([]);
});

test('an image whose packages can’t be read says so, and leaves no container behind', async () => {
  const { world, call } = twoImages();
  await expect(call('images.packages', { name: 'fedora' })).rejects.toMatchObject({
    code: 'image.unreadable',
    message: expect.stringContaining('fedora'),
  });
  expect(await world.engine.listContainers()).toEqual([]);
});

test('what was installed in a container since is told, whether it runs or not', async () => {
  const { world, call, codeOf } = twoImages();
  const { container } = await deployed(world, 'thesis', { image: null, ...cpuOnly });
  const before = await call('containers.packages', { name: 'thesis' });
  expect(before.changes).toEqual([]);
  const put = (path: string, text: string | null) => world.engine.putFile(container.id, path, text);
  put(`${sitePackages}/scipy-1.1.dist-info/METADATA`, 'Name: SciPy\nVersion: 1.1\n');
  const home = '/home/alice/.local/lib/python3.12/site-packages';
  put(`${home}/rich-13.dist-info/METADATA`, 'Name: rich\nVersion: 13\n');
  put(`${sitePackages}/numpy-2.0.dist-info/METADATA`, null);
  put(`${sitePackages}/numpy-2.1.dist-info/METADATA`, 'Name: numpy\nVersion: 2.1\n');
  put('/var/lib/dpkg/status', dpkg('tree', 'git', 'htop')['/var/lib/dpkg/status'] ?? '');
  const expected = [
    { ecosystem: 'dpkg', name: 'htop', before: null, after: '1' },
    { ecosystem: 'pip', name: 'numpy', before: '2.0', after: '2.1' },
    { ecosystem: 'pip', name: 'rich', before: null, after: '13' },
    { ecosystem: 'pip', name: 'scipy', before: null, after: '1.1' },
  ];
  expect((await call('containers.packages', { name: 'thesis' })).changes).toEqual(expected);
  await call('containers.stop', { name: 'thesis', timeoutSeconds: 0 });
  expect((await call('containers.packages', { name: 'thesis' })).changes).toEqual(expected);
  expect(await codeOf('containers.packages', { name: 'thesis' }, bob)).toBe('container.not-found');
});

test('a commit keeps what was installed, and no variable or label of the container', async () => {
  const { world, call, codeOf } = twoImages();
  const env = { WANDB_API_KEY: 'c4nary-s3cret' };
  await deployed(world, 'thesis', { image: null, env, gpu: { kind: 'any' } });
  const { image, note } = await call('containers.commit', { name: 'thesis', tag: 'with-tools' });
  expect([image.name, note]).toEqual(['thesis:with-tools', 'thesis is kept as thesis:with-tools']);
  const details = await world.engine.inspectImage('ds01-alice/thesis:with-tools');
  expect(JSON.stringify(details)).not.toContain('c4nary-s3cret');
  expect(details?.labels).toMatchObject({ 'ds01.sig': '', 'ds01.lease': '', 'ds01.user': '' });
  expect(details?.labels['ds01.build.owner']).toBe('2001');
  for (const tag of ['with-tools', 'latest', 'v1']) {
    expect(await codeOf('containers.commit', { name: 'thesis', tag })).toBe('image.exists');
  }
  for (const tag of ['b20260101-1', 'kept-9']) {
    expect(await codeOf('containers.commit', { name: 'thesis', tag })).toBe('image.invalid');
  }
  expect(await codeOf('containers.commit', { name: 'thesis', tag: 'x' }, bob)).toBe(
    'container.not-found',
  );
  await deployed(world, 'again', { image: 'thesis:with-tools', ...cpuOnly });
  const { versions } = await call('images.history', { name: 'thesis' });
  expect(versions.map(({ tags }) => tags)).toContainEqual(['with-tools']);
});
