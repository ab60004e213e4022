import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { slugOf, usernameSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPeopleFiles } from './people-files.ts';

/** Only root can become somebody else. */
function isRoot(): boolean {
  const root = process.getuid?.() === 0;
  if (!root && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!root) process.stderr.write('skipped: only root can act for others\n');
  return root;
}

describe.skipIf(!isRoot())('files of people', () => {
  const user = usernameSchema.parse('alice');
  const [uid, gid] = [54_341, 54_341];
  const slug = slugOf(user);
  const account = { name: user, slug, uid, gid, groupIds: [gid], home: '/nonexistent' };
  const files = createPeopleFiles();
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/ds01-people-`);
    chmodSync(folder, 0o755);
    mkdirSync(`${folder}/own`);
    chownSync(`${folder}/own`, uid, gid);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const make = (name: string, mode: number, owner = uid): string => {
    const path = `${folder}/own/${name}`;
    writeFileSync(path, '#!/bin/sh\n');
    chmodSync(path, mode);
    chownSync(path, owner, owner);
    return path;
  };

  test('a program is a regular, executable file of theirs', async () => {
    const isProgram = (path: string) => files.isProgram({ account, path });
    expect(await isProgram(make('hook', 0o700))).toBe(true);
    expect(await isProgram(make('text', 0o600))).toBe(false);
    expect(await isProgram(make('roots', 0o755, 0))).toBe(false);
    symlinkSync(`${folder}/own/hook`, `${folder}/own/link`);
    expect(await isProgram(`${folder}/own/link`)).toBe(false);
    expect(await isProgram(`${folder}/own/none`)).toBe(false);
    expect(await isProgram('/bin')).toBe(false);
  });

  test('what can’t be looked at has no time', async () => {
    const path = make('file', 0o600);
    expect(await files.modifiedAt({ account, path })).toBeGreaterThan(1_700_000_000_000);
    expect(await files.modifiedAt({ account, path: '/root/.bashrc' })).toBeNull();
  });

  test('text is appended as the person, and never outside of what they may write', async () => {
    const path = `${folder}/own/alerts`;
    await files.append({ account, path, text: 'a\n', maxBytes: 100 });
    expect(readFileSync(path, 'utf8')).toBe('a\n');
    const denied = files.append({ account, path: `${folder}/alerts`, text: 'a', maxBytes: 100 });
    await expect(denied).rejects.toMatchObject({ code: 'file.denied' });
  });
});
