import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { accountCommand } from './account.ts';

const base = { passwd: 'root:x:0:0:root:/root:/bin/sh\n', group: 'root:x:0:\n' };

/** Runs the command of an image in a folder of its own; `chown` is what only root may do. */
function makeAccount(owner: Parameters<typeof accountCommand>[0], files = base) {
  const root = mkdtempSync(join(tmpdir(), 'ds01-account-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true });
  });
  spawnSync('mkdir', [join(root, 'etc')]);
  writeFileSync(join(root, 'etc/passwd'), files.passwd);
  writeFileSync(join(root, 'etc/group'), files.group);
  const command = accountCommand(owner).replaceAll(/ (\/(?:etc|home|workspace))/g, ` ${root}$1`);
  const once = (): string => {
    const script = `chown() { echo "chown $1"; }\n${command}`;
    const ended = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
    expect(ended.stderr).toBe('');
    expect(ended.status).toBe(0);
    return ended.stdout;
  };
  const lines = (file: string): string[] =>
    readFileSync(join(root, 'etc', file), 'utf8')
      .trimEnd()
      .split('\n');
  return { once, lines };
}

test('an account of digits only and a huge id are lines like any other', () => {
  const id = 1_722_830_498;
  const owner = { uid: id, gid: id, slug: 'u204214_0a1b2c', name: '204214@example.org' };
  const { once, lines } = makeAccount(owner);
  expect(once()).toBe(`chown ${String(id)}:${String(id)}\n`);
  expect(lines('passwd').at(-1)).toMatch(
    /^u204214_0a1b2c:x:1722830498:1722830498:204214@example\.org:\/home\/u204214_0a1b2c:\/.*sh$/,
  );
  expect(lines('group').at(-1)).toBe('u204214_0a1b2c:x:1722830498:');
});

test('an id that the base has already keeps its line', () => {
  const passwd = `${base.passwd}ubuntu:x:1000:1000::/home/ubuntu:/bin/bash\n`;
  const group = `${base.group}ubuntu:x:1000:\n`;
  const owner = { uid: 1000, gid: 1000, slug: 'alice', name: 'alice' };
  const { once, lines } = makeAccount(owner, { passwd, group });
  once();
  expect(lines('passwd')).toEqual(passwd.trimEnd().split('\n'));
  expect(lines('group')).toEqual(group.trimEnd().split('\n'));
});

test('an id is not mistaken for another one that contains it', () => {
  const passwd = `${base.passwd}other:x:11000:1000:1000:/home/1000:/bin/sh\n`;
  const owner = { uid: 1000, gid: 100, slug: 'alice', name: 'alice' };
  const { once, lines } = makeAccount(owner, { ...base, passwd });
  once();
  expect(lines('passwd').at(-1)).toMatch(/^alice:x:1000:100:/);
});

test('a last line without its end stays a line of its own', () => {
  const owner = { uid: 1000, gid: 1000, slug: 'alice', name: 'alice' };
  const { once, lines } = makeAccount(owner, {
    passwd: 'root:x:0:0::/:/bin/sh',
    group: 'root:x:0:',
  });
  once();
  expect(lines('passwd')).toHaveLength(2);
  expect(lines('group')).toEqual(['root:x:0:', 'alice:x:1000:']);
});

test('nothing in a name is run', () => {
  const owner = { uid: 1000, gid: 1000, slug: 'a', name: 'a$(touch${IFS}x)`id`;&|#b' };
  const { once, lines } = makeAccount(owner);
  once();
  expect(lines('passwd').at(-1)).toContain(`:${owner.name}:/home/a:`);
});
