import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configWith, person } from '@ds01/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestOf, sendAs } from './harness/callers.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';
import { codeOf, deployInput, wallsOf } from './harness/walls.ts';
import { pinnedInodes, whileSwapping } from './harness/walls-swapper.ts';

const alice = 42_001;
const bob = 42_002;
const accounts = [
  { ...person('alice', alice), groups: ['lab'] },
  { ...person('bob', bob), groups: ['lab'] },
];
const isLong = process.env['DS01_TEST_LONG'] === '1';
const rounds = isLong ? 1000 : 20;
/** As long as only one of the two outcomes was seen, it goes on until then. */
const mostRounds = isLong ? 1000 : 100;
/** Containers are made and looked at so many at a time. */
const batch = isLong ? 50 : 10;
const started = isLong ? 10 : 3;

describe.skipIf(!canRun)('files and folders of others', () => {
  const sandbox = useDaemon({ name: 'walls-files', gpus: 'none', accounts });
  const { deploy, ds01, engineView, inside, made, outside, raw } = wallsOf(sandbox);
  const at = (path: string): string => join(sandbox().host.paths.root, path);
  const home = (path: string): string => `/home/alice/${path}`;
  const onHost = (path: string): string => sandbox().homePath(`/home/alice/${path}`);

  beforeAll(async () => {
    const site = `shared_groups: [lab]\ndata: { roots: ['${at('shared')}:rw', '${at('sets')}'] }\n`;
    sandbox().configure(configWith({}, site));
    await outside(
      `cd ${at('')} && umask 022 && mkdir -m 1777 shared && mkdir sets && echo set > sets/one && ` +
        // Bob's, readable by all, in no folder that the site shares.
        'mkdir -p open/inner && echo foreign > open/inner/file && chown -R bob open && ' +
        // Root's alone.
        'mkdir -p closed/inner && echo foreign > closed/inner/file && chmod 700 closed closed/inner',
    );
  });

  describe.each([
    ['-w', 'workspace'],
    ['-d', 'data'],
  ] as const)('a folder given with %s', (_flag, kind) => {
    const input = (folder: string) =>
      kind === 'workspace'
        ? { workspace: folder }
        : { data: [{ folder, target: '/given', readOnly: true }] };
    const given = kind === 'workspace' ? '/workspace' : '/given';

    /** What came of asking for each of these folders. */
    const refusals = async (folders: readonly string[]) => {
      const requests = folders.map((folder) =>
        requestOf('containers.deploy', deployInput({ name: 'refused', ...input(folder) })),
      );
      const answers = await sendAs(sandbox(), 'alice', requests);
      return folders.map((folder, index) => [folder, codeOf(answers[index])] as const);
    };

    test('can’t be the system’s, another’s, or one that can’t be said', async () => {
      const folders = ['/', '/etc', '/root', '/proc/1/root', '/proc/self/cwd', '/var/run', '/home'];
      const more = ['/home/bob', '/home/alice/../bob', '/home/alice/\nx', 'workspace', ''];
      const codes =
        /^(?:(?:workspace|data|usage)\.(?:outside|denied|is-link|invalid)|request\.invalid)$/;
      for (const outcome of await refusals([...folders, ...more])) {
        expect(outcome).toEqual([outcome[0], expect.stringMatching(codes)]);
      }
    });

    test('can’t be where DS01’s or the engine’s sockets and state are, nor a link there', async () => {
      const { paths } = sandbox().host;
      const places = [
        paths.runDirectory,
        sandbox().daemon.socketPath,
        paths.stateDirectory,
        paths.engineDirectory,
        paths.dataRoot,
        at('open'),
        at('closed'),
      ];
      const links = places.map((place, index) => `ln -s ${place} links/${String(index)}`);
      await outside(`mkdir -p links; ${links.join('; ')}`, 'alice');
      const byLink = places.map((_, index) => home(`links/${String(index)}`));
      const throughLink = [home('links/0/.'), home('links/5/inner')];
      const codes = /^(?:workspace|data)\.(?:outside|denied|is-link|not-a-folder)$/;
      for (const outcome of await refusals([...places, ...byLink, ...throughLink])) {
        expect(outcome).toEqual([outcome[0], expect.stringMatching(codes)]);
      }
      await outside('rm -r links', 'alice');
    });

    test('by its real path at the time of a check is another one when the engine mounts its name', async () => {
      await outside('mkdir -p checked/inner && echo mine > checked/inner/file', 'alice');
      const wanted = home('checked/inner');
      expect(await outside(`realpath ${wanted}`)).toBe(wanted);
      await outside(`mv checked away && ln -s ${at('closed')} checked`, 'alice');
      const bind = `${onHost('checked/inner')}:/given`;
      const read = [
        'run',
        '--rm',
        '--network=none',
        '-v',
        bind,
        'ds01/busybox',
        'cat',
        '/given/file',
      ];
      expect(await raw(...read)).toBe('foreign');
      const code = await deploy('alice', { name: 'refused', ...input(wanted) });
      expect(code).toMatch(/^workspace\.(?:denied|outside)$/);
      await outside('rm checked && mv away checked', 'alice');
    });

    test(`${String(rounds)} rounds of swapping it for a link while it is pinned never mount another one`, async () => {
      const found = { foreign: 0, own: 0, codes: new Set<string>() };
      await outside(
        'rm -rf race link; mkdir -p race/inner && echo mine > race/inner/file',
        'alice',
      );
      const foreign = [at('open/inner'), at('closed/inner')].map((path) => statSync(path).ino);
      const own = statSync(onHost('race/inner')).ino;
      await outside(`ln -s ${at('open')} link`, 'alice');
      await whileSwapping(sandbox(), [home('race'), home('link')], async () => {
        const isEnough = (round: number): boolean => round >= rounds && found.codes.size > 1;
        for (let round = 0; round < mostRounds && !isEnough(round); round += batch) {
          const names = Array.from({ length: batch }, (_, index) => `race-${String(index)}`);
          const wish = input(home('race/inner'));
          const requests = names.map((name, index) =>
            requestOf('containers.deploy', deployInput({ name, ...wish, start: index < started })),
          );
          const answers = await sendAs(sandbox(), 'alice', requests);
          for (const answer of answers) found.codes.add(codeOf(answer));
          const inodes = pinnedInodes(sandbox());
          found.foreign += inodes.filter((inode) => foreign.includes(inode)).length;
          found.own += inodes.filter((inode) => inode === own).length;
          for (const [index, name] of names.slice(0, started).entries()) {
            if (codeOf(answers[index]) !== 'ok') continue;
            const { pid } = await engineView(`${name}._.alice`);
            const file = `/proc/${String(pid)}/root${given}/file`;
            expect(readFileSync(file, 'utf8')).toBe('mine\n');
          }
          await ds01('alice', 'container', 'retire', '--all', '--force', '--yes');
        }
      });
      expect(found.foreign).toBe(0);
      expect(found.own).toBeGreaterThan(0);
      expect([...found.codes].toSorted()).toEqual(['ok', 'workspace.outside']);
      expect(sandbox().resources().pins).toEqual([]);
    });
  });

  describe('a shared folder', () => {
    const data = () => [{ folder: at('shared'), target: '/shared', readOnly: false }];
    const plain = (user: string, ...command: readonly string[]) => {
      const options = ['-u', user, '-v', `${at('shared')}:/shared`];
      return raw('run', '--rm', '--network=none', ...options, 'ds01/busybox', ...command);
    };

    beforeAll(async () => {
      const files =
        'for m in 600 644; do echo $m > $m; chmod $m $m; done; mkdir -m 700 own; echo x > own/file';
      await outside(`cd ${at('shared')} && ${files}`, 'bob');
      await made('alice', { name: 'shares', data: data() });
    });
    afterAll(async () => {
      await ds01('alice', 'container', 'retire', 'shares', '--yes');
    });

    test('keeps another’s 0600 file from everybody; a plain container gives it to its root', async () => {
      expect(await plain('0', 'cat', '/shared/600', '/shared/own/file')).toBe('600\nx');
      expect(await plain(String(bob), 'cat', '/shared/600')).toBe('600');
      expect(await inside('alice', 'shares', 'cat /shared/644')).toBe('644');
      for (const path of ['600', 'own/file']) {
        expect(await inside('alice', 'shares', `cat /shared/${path}`)).toContain('denied');
      }
      const change =
        'echo x > /shared/644; rm -f /shared/600; mv /shared/644 /shared/x; chmod 666 /shared/600';
      const outcome = await inside('alice', 'shares', change);
      expect(outcome.match(/denied|not permitted/g)).toHaveLength(4);
    });

    test('that is shared to read only is not written, whoever asks for it', async () => {
      const wish = { folder: at('sets'), target: '/sets', readOnly: false };
      expect(await deploy('alice', { name: 'refused', data: [wish] })).toBe('data.denied');
      expect(await deploy('alice', { name: 'reads', data: [{ ...wish, readOnly: true }] })).toBe(
        'ok',
      );
      expect(await inside('alice', 'reads', 'cat /sets/one; touch /sets/two')).toMatch(
        /^set\n.*Read-only/,
      );
      await ds01('alice', 'container', 'retire', 'reads', '--yes');
    });

    test('inside of another one, or over what a container needs, is refused', async () => {
      for (const target of [
        '/etc',
        '/etc/passwd',
        '/workspace',
        '/proc',
        '/run/secrets',
        '/home/alice',
      ]) {
        const wish = [{ folder: at('shared'), target, readOnly: true }];
        expect([target, await deploy('alice', { name: 'refused', data: wish })]).toEqual([
          target,
          'usage.invalid',
        ]);
      }
    });
  });
});
