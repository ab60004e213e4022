import { Readable } from 'node:stream';
import type { InstalledPackage } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { contextOf } from '../../testing/builds.ts';
import { readArchive } from './read-archive.ts';

/** `ecosystem name version license` of what an archive of these files has. */
async function installed(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<readonly string[]> {
  const { packages } = await readArchive(Readable.from([contextOf(files)]));
  return packages.map(inWords);
}

function inWords({ ecosystem, name, version, license }: InstalledPackage): string {
  return [ecosystem, name, version, license ?? '-'].join(' ');
}

const metadata = (name: string, version: string, more = ''): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${more}\nA description\nName: not-this\n`;

test('dpkg: what is installed, not what was removed with its configuration left', async () => {
  const status = [
    'Package: tree\nStatus: install ok installed\nVersion: 2.1.0-1\nDescription: x\n Version: no\n',
    'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n',
    'Package: half\nStatus: install ok unpacked\nVersion: 1\n',
  ].join('\n');
  expect(await installed({ 'var/lib/dpkg/status': status })).toEqual(['dpkg tree 2.1.0-1 -']);
  expect(
    await installed({ 'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12\n' }),
  ).toEqual(['dpkg base-files 12 -']);
});

test('the distribution is what os-release says, wherever it lies', async () => {
  const of = async (files: Readonly<Record<string, string>>) =>
    (await readArchive(Readable.from([contextOf(files)]))).distribution;
  expect(await of({ 'usr/lib/os-release': 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n' })).toBe(
    'debian',
  );
  expect(await of({ 'etc/os-release': 'ID="rocky"\n' })).toBe('rocky');
  expect(await of({ 'etc/os-release': 'NAME=x\n' })).toBeNull();
});

test('apk: names, versions and licences', async () => {
  const text = 'C:Q1=\nP:musl\nV:1.2.4-r2\nL:MIT\n\nP:busybox\nV:1.36.1-r2\nL:GPL-2.0-only\n';
  expect(await installed({ 'lib/apk/db/installed': text })).toEqual([
    'apk busybox 1.36.1-r2 GPL-2.0-only',
    'apk musl 1.2.4-r2 MIT',
  ]);
});

test('pip: wherever it lies, by one spelling of its name, each version once', async () => {
  expect(
    await installed({
      'usr/lib/python3/dist-packages/PyYAML-6.0.dist-info/METADATA': metadata(
        'PyYAML',
        '6.0',
        'License: MIT\n',
      ),
      'opt/venv/lib/python3.12/site-packages/zope.interface-6.1.dist-info/METADATA': metadata(
        'zope.interface',
        '6.1',
      ),
      'home/alice/.local/lib/python3.12/site-packages/tqdm-4.66.dist-info/METADATA': metadata(
        'tqdm',
        '4.66',
        'Classifier: License :: OSI Approved :: MIT License\n',
      ),
      'home/alice/venv/lib/python3.12/site-packages/tqdm-4.60.dist-info/METADATA': metadata(
        'tqdm',
        '4.60',
      ),
      'usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO': metadata('six', '1.16.0'),
      'usr/lib/python3/dist-packages/wheel-0.38.4.egg-info': metadata('wheel', '0.38.4'),
      'usr/share/doc/METADATA': metadata('no', '1'),
    }),
  ).toEqual([
    'pip pyyaml 6.0 MIT',
    'pip six 1.16.0 -',
    'pip tqdm 4.60 -',
    'pip tqdm 4.66 MIT License',
    'pip wheel 0.38.4 -',
    'pip zope-interface 6.1 -',
  ]);
});

test('conda and npm: by their own records, scoped packages and old licence forms too', async () => {
  expect(
    await installed({
      'opt/conda/conda-meta/numpy-1.26.4-py311h_0.json': JSON.stringify({
        name: 'numpy',
        version: '1.26.4',
        license: 'BSD-3-Clause',
      }),
      'opt/conda/conda-meta/broken-1.0-0.json': '{',
      'opt/conda/conda-meta/history': 'no',
      'usr/lib/node_modules/npm/package.json': JSON.stringify({
        name: 'npm',
        version: '10.1.0',
        license: 'Artistic-2.0',
      }),
      'usr/lib/node_modules/@scope/tool/package.json': JSON.stringify({
        name: '@scope/tool',
        version: '1.0.0',
        license: { type: 'ISC' },
      }),
      'usr/lib/node_modules/npm/package/lib/package.json': JSON.stringify({
        name: 'no',
        version: '1',
      }),
    }),
  ).toEqual([
    'conda broken 1.0 -',
    'conda numpy 1.26.4 BSD-3-Clause',
    'npm @scope/tool 1.0.0 ISC',
    'npm npm 10.1.0 Artistic-2.0',
  ]);
});

test('what could command a terminal, or has no end, is no name', async () => {
  const evil = 'site-packages/evil-1.dist-info/METADATA';
  expect(await installed({ [evil]: 'Name: ev\u001B[2Jil\nVersion: 1\n' })).toEqual([]);
  expect(await installed({ [evil]: `Name: ${'a'.repeat(1000)}\nVersion: 1\n` })).toEqual([]);
  expect(await installed({ [evil]: `Name: fine\nVersion: 1\n\n${'x'.repeat(500_000)}` })).toEqual([
    'pip fine 1 -',
  ]);
});

test('lists that can’t be read are said to be so, not left out', async () => {
  for (const file of ['Packages', 'Packages.db', 'rpmdb.sqlite', 'rpmdb.sqlite-wal']) {
    const path = `var/lib/rpm/${file}`;
    await expect(installed({ [path]: 'x' })).rejects.toMatchObject({ code: 'image.unreadable' });
  }
});

test('what is no archive, or ends early, is unreadable', async () => {
  const whole = contextOf({ 'var/lib/dpkg/status': 'x'.repeat(100_000) });
  const looksPacked = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(200_000, 7)]);
  for (const bytes of [Buffer.from('x'.repeat(2000)), whole.subarray(0, 50_000), looksPacked]) {
    await expect(readArchive(Readable.from([bytes]))).rejects.toMatchObject({
      code: 'image.unreadable',
    });
  }
});

test('a list without an end is refused before it fills the memory', async () => {
  const big = 'Package: a\nVersion: 1\n'.padEnd(65 * 2 ** 20, ' ');
  await expect(installed({ 'var/lib/dpkg/status': big })).rejects.toMatchObject({
    code: 'image.unreadable',
  });
});
