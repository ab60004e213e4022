import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHostAccounts } from './accounts.ts';

const accounts = createHostAccounts();

test('root is found by name and by number', async () => {
  const root = await accounts.byName('root');
  expect(root).toMatchObject({ name: 'root', slug: 'root', uid: 0, gid: 0, home: '/root' });
  expect(root?.groupIds).toContain(0);
  expect(await accounts.byUid(0)).toEqual(root);
});

test.each(['nobody-of-that-name', '0', '+0', '-1', ' 0', '--help', 'root:x', 'a/b', '', '..'])(
  'the name %j is nobody',
  async (name) => {
    expect(await accounts.byName(name)).toBeNull();
  },
);

test.each([4_000_000_123, -1, 0.5, Number.NaN])('the number %d is nobody', async (uid) => {
  expect(await accounts.byUid(uid)).toBeNull();
});

/** Root's right to mount is what another account database in a namespace needs. */
function canMount(): boolean {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!isRoot) process.stderr.write('skipped: other accounts can only be mounted by root\n');
  return isRoot;
}

describe.skipIf(!canMount())('among accounts with names of digits', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/ds01-accounts-`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Asks in a mount namespace of its own that has these accounts. */
  function ask(question: string): unknown {
    const passwd = [
      'root:x:0:0::/root:/bin/sh',
      '2001:x:3001:3000::/home/2001:/bin/sh',
      'bob@x.org:x:2001:2000:,,:/home/bob:/bin/sh',
      'daemon:x:2:2::/:/usr/sbin/nologin',
      'service:x:2002:2002::/home/service:/usr/sbin/nologin',
      'homeless:x:2003:2003::/nonexistent:/bin/sh',
      'nobody:x:65534:65534::/home/nobody:/bin/sh',
    ];
    writeFileSync(`${folder}/passwd`, `${passwd.join('\n')}\n`);
    writeFileSync(`${folder}/group`, 'root:x:0:\ng:x:3000:\nshared:x:4000:2001\n5:x:6000:\n');
    const module = new URL('./accounts.ts', import.meta.url).href;
    const source = `
      import { createHostAccounts } from ${JSON.stringify(module)};
      const accounts = createHostAccounts();
      process.stdout.write(JSON.stringify(await ${question}));`;
    const script =
      'for f in passwd group; do mount -n --bind "$1/$f" /etc/$f || exit; done; exec "$2" --conditions=@ds01/source --input-type=module -e "$3"';
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, source],
      { encoding: 'utf8' },
    );
    if (stdout === '') throw new Error(stderr);
    const answer: unknown = JSON.parse(stdout);
    return answer;
  }

  test('a name of digits is that name, with its groups', () => {
    expect(ask("accounts.byName('2001')")).toEqual({
      name: '2001',
      slug: '2001',
      uid: 3001,
      gid: 3000,
      groupIds: [3000, 4000],
      home: '/home/2001',
    });
  });

  test('groups are found by name; a name of digits, an unknown and an odd one are left out', () => {
    const names = JSON.stringify(['g', 'shared', 'g', 'none', '3000', '5', '', 'g:x', '--help']);
    expect(ask(`accounts.groupIds(${names}).then((ids) => [...ids])`)).toEqual([
      ['g', 3000],
      ['shared', 4000],
    ]);
  });

  test('members of a group are those that it lists; an unknown group has none', () => {
    expect(ask("accounts.groupMembers('shared')")).toEqual(['2001']);
    expect(ask("accounts.groupMembers('g')")).toEqual([]);
    expect(ask("accounts.groupMembers('none')")).toEqual([]);
  });

  test('people are those with an account from 1000 on, a home and a shell', () => {
    expect(ask('accounts.people()')).toEqual(['2001', 'bob@x.org']);
  });

  test('a number is never taken for a name, nor a name for a number', () => {
    expect(ask('accounts.byUid(2001)')).toMatchObject({ name: 'bob@x.org', uid: 2001 });
    expect(ask("accounts.byName('3001')")).toBeNull();
  });
});
