import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { assert, asyncProperty, constantFrom, array } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFolderOwners } from './folder-owners.ts';

/** Only root can look as somebody else. */
function isRoot(): boolean {
  const root = process.getuid?.() === 0;
  if (!root && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!root) process.stderr.write('skipped: only root can act for others\n');
  return root;
}

describe.skipIf(!isRoot())('to whom a folder belongs', () => {
  let root = '';
  let people: readonly HostAccount[] = [];

  function make(uid: number, path: string, kind: 'folder' | 'file' = 'folder'): void {
    if (kind === 'folder') mkdirSync(`${root}/${path}`);
    else writeFileSync(`${root}/${path}`, '');
    chownSync(`${root}/${path}`, uid, uid);
  }

  function account(name: string, uid: number): HostAccount {
    const user = usernameSchema.parse(name);
    const home = `${root}/home/${name}`;
    return { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid], home };
  }

  beforeAll(() => {
    root = mkdtempSync(`${tmpdir()}/ds01-owners-`);
    chmodSync(root, 0o755);
    make(0, 'home');
    make(0, 'scratch');
    people = [account('alice', 54_321), account('bob', 54_322), account('alice2', 54_323)];
    for (const { name, uid } of people) {
      make(uid, `home/${name}`);
      chmodSync(`${root}/home/${name}`, 0o700);
      make(uid, `home/${name}/work`);
      make(uid, `home/${name}/work/notes`, 'file');
      make(uid, `scratch/${name}`);
    }
    make(0, 'home/alice/made-by-docker');
    make(54_322, 'home/alice/of-bob');
    symlinkSync('../bob', `${root}/home/alice/to-bob`);
    symlinkSync('work', `${root}/home/alice/to-work`);
    symlinkSync(`${root}/home`, `${root}/homes`);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const ownersOf = async (...paths: readonly string[]): Promise<readonly (string | null)[]> => {
    const byUid = async (uid: number) => people.find((one) => one.uid === uid) ?? null;
    const found = await createFolderOwners({ byUid }).ownersOf(
      paths.map((path) => path.replace('~', `${root}/home`)),
    );
    return found.map((one) => one?.name ?? null);
  };

  test('is known of what lies in a home and is its owner’s', async () => {
    const paths = ['~/alice', '~/alice/work', '~/alice/work/', '~/bob/work/notes', '~/alice2/work'];
    expect(await ownersOf(...paths)).toEqual(['alice', 'alice', 'alice', 'bob', 'alice2']);
    expect(await ownersOf(`${root}/homes/alice/work`, '~/alice/gone/for/good')).toEqual([
      'alice',
      'alice',
    ]);
  });

  test.each([
    ['of another in a home', '~/alice/of-bob'],
    ['of root in a home', '~/alice/made-by-docker'],
    ['behind a link', '~/alice/to-bob'],
    ['behind a link in the middle', '~/alice/to-bob/work'],
    ['outside of every home', '~/../scratch/alice'],
    ['all homes', '~'],
    ['root', '/'],
    ['nothing', ''],
    ['relative', 'home/alice'],
    ['with a newline', '~/alice/work\n'],
    ['nowhere', '/no/such/folder'],
  ])('is nobody known when it is %s', async (_, path) => {
    expect(await ownersOf(path)).toEqual([null]);
  });

  test('is never said of a folder that isn’t in that home, however it is written', async () => {
    const part = constantFrom(
      'alice',
      'bob',
      'alice2',
      'work',
      '..',
      '.',
      'to-bob',
      'to-work',
      'x',
    );
    const written = array(part, { maxLength: 5 }).map((parts) => ['~', ...parts].join('/'));
    await assert(
      asyncProperty(array(written, { minLength: 1, maxLength: 4 }), async (paths) => {
        const owners = await ownersOf(...paths);
        paths.forEach((path, index) => {
          const owner = people.find(({ name }) => name === owners[index]);
          if (owner === undefined) return;
          const real = nearestFolder(path.replace('~', `${root}/home`));
          expect([owner.home, `${owner.home}/work`]).toContain(real);
          expect(statSync(real).uid).toBe(owner.uid);
        });
      }),
      { seed: 20_260_105, numRuns: 15 },
    );
  });

  function nearestFolder(path: string): string {
    for (let at = new URL(`file://${path}`).pathname; ; at = at.slice(0, at.lastIndexOf('/'))) {
      try {
        const real = realpathSync(at);
        if (statSync(real).isDirectory()) return real;
      } catch {
        // Higher, then.
      }
    }
  }
});
