import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPrivateApt } from './apt.ts';
import { ensureDebs } from './ensure-debs.ts';
import { requireCommand } from './run-command.ts';

const hasApt = existsSync('/usr/bin/apt-get');
if (!hasApt) console.error('skipped: this machine has no apt-get');

describe.skipIf(!hasApt)('fetching Debian programs', () => {
  let directory = '';
  let sourcesFile = '';
  const lines: string[] = [];
  const ask = (packages: readonly string[], signal?: AbortSignal) =>
    ensureDebs({
      packages,
      ...(signal === undefined ? {} : { signal }),
      sourcesFile,
      cacheDirectory: join(directory, 'cache'),
      say: (line) => lines.push(line),
    });

  beforeEach(async () => {
    lines.length = 0;
    directory = mkdtempSync(join(tmpdir(), 'ds01-debs-'));
    sourcesFile = await makeArchive(directory);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test('what a package depends on comes along, and the second call does nothing', async () => {
    const tools = await ask(['ds01-outer']);
    for (const program of ['ds01-outer', 'ds01-inner']) {
      expect(tools.find(program)).toBe(join(tools.root, 'usr/bin', program));
    }
    expect(lines).toContain('  ds01-inner ds01-outer');
    lines.length = 0;
    rmSync(sourcesFile);
    expect((await ask(['ds01-outer'])).root).toBe(tools.root);
    expect(lines).toEqual([]);
  });

  test('four callers at once unpack once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => ask(['ds01-outer'])));
    expect(new Set(all.map((tools) => tools.root)).size).toBe(1);
    expect(lines.filter((line) => line.includes('unpacking'))).toHaveLength(1);
  });

  test('packages that an interrupted run had fetched but not unpacked are unpacked by the next', async () => {
    const apt = createPrivateApt(join(directory, 'cache', 'debian', 'apt'), { sourcesFile });
    await apt.update();
    expect(await apt.download(['ds01-outer'], () => undefined)).toBe(true);
    const tools = await ask(['ds01-outer']);
    expect(tools.find('ds01-inner')).toBeDefined();
  });

  test('an interrupted fetch ends, and is not tried again', async () => {
    const interrupted = AbortSignal.abort();
    await expect(ask(['ds01-outer'], interrupted)).rejects.toMatchObject({ name: 'AbortError' });
    expect(lines.join()).not.toContain('Fetching');
    expect((await ask(['ds01-outer'])).find('ds01-outer')).toBeDefined();
  });

  test('a package that no source has is named in the error', async () => {
    await expect(ask(['ds01-nowhere'])).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('ds01-nowhere'),
    });
  });
});

/** An archive of two packages, one of which needs the other; returns a sources.list for it. */
async function makeArchive(directory: string): Promise<string> {
  const archive = join(directory, 'archive');
  mkdirSync(archive);
  const index = [
    await makePackage(directory, archive, 'ds01-outer', ['Depends: ds01-inner']),
    await makePackage(directory, archive, 'ds01-inner', []),
  ];
  writeFileSync(join(archive, 'Packages'), index.join('\n'));
  const sources = join(directory, 'sources.list');
  writeFileSync(sources, `deb [trusted=yes] copy:${archive} ./\n`);
  return sources;
}

async function makePackage(
  directory: string,
  archive: string,
  name: string,
  fields: readonly string[],
): Promise<string> {
  const tree = join(directory, name);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/bin'), { recursive: true });
  writeFileSync(join(tree, 'usr/bin', name), '#!/bin/sh\n', { mode: 0o755 });
  const control = [
    `Package: ${name}`,
    'Version: 1.0',
    'Architecture: all',
    'Maintainer: Nobody <nobody@example.org>',
    'Description: for a test',
    ...fields,
  ].join('\n');
  writeFileSync(join(tree, 'DEBIAN/control'), `${control}\n`);
  const fileName = `${name}_1.0_all.deb`;
  const file = join(archive, fileName);
  await requireCommand('dpkg-deb', ['--root-owner-group', '--build', tree, file]);
  const checksum = createHash('sha256').update(readFileSync(file)).digest('hex');
  const size = String(statSync(file).size);
  return `${control}\nFilename: ./${fileName}\nSize: ${size}\nSHA256: ${checksum}\n`;
}
