import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveOf } from './context-archive.ts';
import { openContextOf } from './context-of-another.ts';
import { selectFromFolder } from './context-select.ts';
import { walkContext } from './context-walk.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-context-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const maxBytes = 10_000_000;
const isRoot = process.getuid?.() === 0;

async function sizeOf(archive: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of archive) size += chunk.length;
  return size;
}

test('one file under two names is sent as two, and a name may be anything', async () => {
  for (const name of ['a', '@b', 'c:d', '-e', 'f\\g']) writeFileSync(join(folder, name), 'text');
  const { paths } = await selectFromFolder({ folder, sources: ['.'], maxBytes });
  expect(paths).toEqual(['-e', '@b', 'a', 'c:d', 'f\\g']);
  // A header and a block each, and the archive's end.
  expect(await sizeOf(archiveOf(folder, paths))).toBe(5 * 1024 + 1024);
});

test('what goes or shrinks while it is sent is said by its name', async () => {
  writeFileSync(join(folder, 'gone'), 'text');
  rmSync(join(folder, 'gone'));
  await expect(sizeOf(archiveOf(folder, ['gone']))).rejects.toMatchObject({
    code: 'build.context-invalid',
    message: expect.stringMatching(/^gone changed or went away/) as string,
  });
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), 8_000_000);
  const archive = archiveOf(folder, ['large']);
  await archive.next();
  truncateSync(join(folder, 'large'), 0);
  await expect(sizeOf(archive)).rejects.toMatchObject({ code: 'build.context-invalid' });
});

test('what .dockerignore leaves out is not even looked into', async () => {
  for (const name of ['data', 'src']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'data/file'), '');
  writeFileSync(join(folder, 'src/file'), '');
  writeFileSync(join(folder, '.dockerignore'), 'data\n');
  const seen = await walkContext(folder, ['.'], { skips: (path) => path === 'data' });
  expect(seen.map(({ path }) => path)).not.toContain('data/file');
  const { paths } = await selectFromFolder({ folder, sources: ['.'], maxBytes });
  expect(paths).toEqual(['.dockerignore', 'src', 'src/file']);
  writeFileSync(join(folder, '.dockerignore'), 'data\n!data/file\n');
  const kept = await selectFromFolder({ folder, sources: ['.'], maxBytes });
  expect(kept.paths).toContain('data/file');
});

test('nothing outside is looked at', async () => {
  mkdirSync(join(folder, 'context'));
  writeFileSync(join(folder, 'secret'), '');
  const outside = { folder: join(folder, 'context'), sources: ['../secret'], maxBytes };
  await expect(selectFromFolder(outside)).rejects.toMatchObject({ code: 'build.context-invalid' });
});

test('a folder that isn’t there has nothing', async () => {
  const request = { folder: join(folder, 'none'), sources: null, maxBytes };
  expect((await selectFromFolder(request)).paths).toEqual([]);
});

describe.skipIf(!isRoot)('the context of somebody else', () => {
  const name = usernameSchema.parse('204214@example.org');
  const id = 1_722_830_498;
  const person: HostAccount = {
    name,
    slug: slugOf(name),
    uid: id,
    gid: id,
    groupIds: [id],
    home: '/nonexistent',
  };
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const command = [process.execPath, '--conditions=@ds01/source', main];
  const request = () => ({ folder, sources: ['mine', 'roots'], maxBytes });

  beforeEach(() => {
    mkdirSync(join(folder, 'mine'));
    writeFileSync(join(folder, 'mine/file'), 'text');
    writeFileSync(join(folder, 'roots'), 'secret');
    chownSync(folder, id, id);
  });

  test('is read by a process of theirs', async () => {
    const { selection, archive } = await openContextOf(person, request(), { command });
    expect(selection).toMatchObject({ totalBytes: 10, largeFiles: [], hasDockerignore: false });
    expect(await sizeOf(archive)).toBe(512 + 1024 + 1024 + 1024);
  });

  test('what they may not read is not read for them', async () => {
    chmodSync(join(folder, 'roots'), 0o600);
    const { archive } = await openContextOf(person, request(), { command });
    await expect(sizeOf(archive)).rejects.toMatchObject({ code: 'file.denied' });
  });

  test('nobody waits for one that isn’t wanted any more', async () => {
    writeFileSync(join(folder, 'mine/large'), '');
    truncateSync(join(folder, 'mine/large'), 8_000_000);
    const { archive, close } = await openContextOf(person, request(), { command });
    close();
    await expect(sizeOf(archive)).rejects.toMatchObject({ code: 'build.context-invalid' });
  });

  test('refusals are those of the owner', async () => {
    const small = { ...request(), maxBytes: 5 };
    await expect(openContextOf(person, small, { command })).rejects.toMatchObject({
      code: 'build.context-too-large',
    });
  });
});
