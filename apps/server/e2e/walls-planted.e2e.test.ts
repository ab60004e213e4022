import { statSync } from 'node:fs';
import { join } from 'node:path';
import { configWith, person } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { canRun, useDaemon } from './harness/use-sandbox.ts';
import { useSmallFile } from './harness/walls-planted.ts';
import { toolsImage, wallsOf } from './harness/walls.ts';

const alice = 42_001;
const accounts = [person('alice', alice), person('bob', 42_002)];

describe.skipIf(!canRun)('what somebody plants', () => {
  const config = configWith();
  const sandbox = useDaemon({ name: 'walls-planted', gpus: 'none', accounts, config });
  const { buildTools, deploy, ds01, inside, outside, raw } = wallsOf(sandbox);
  const at = (path: string): string => join(sandbox().host.paths.root, path);
  const home = (path: string): string => `/home/alice/${path}`;

  beforeAll(() => outside('echo theirs > /home/bob/file && chmod 600 /home/bob/file', 'bob'));

  describe('a socket', () => {
    test('of the engine is root’s alone', async () => {
      const { socket } = sandbox().host.paths;
      const ask = `curl -s --max-time 5 --unix-socket ${socket} http://engine/info`;
      expect(await outside(ask)).toContain('"ServerVersion"');
      for (const user of ['alice', 'bob']) expect(await outside(ask, user)).toBe('');
      expect(statSync(socket).mode & 0o007).toBe(0);
    });

    test('of the daemon leads nowhere from inside, by link, by hard link or planted by root', async () => {
      const { socketPath } = sandbox().daemon;
      const { runDirectory } = sandbox().host.paths;
      await outside(
        `mkdir -p workspace/socket && cd workspace/socket && ln -s ${socketPath} link && ` +
          `ln -s ${runDirectory} folder; ln ${socketPath} hard`,
        'alice',
      );
      expect(await deploy('alice', { name: 'socket' })).toBe('ok');
      expect(
        await inside(
          'alice',
          'socket',
          'cd /workspace; [ -e link ] || [ -S folder/ds01.sock ] || echo no',
        ),
      ).toBe('no');
      expect(await inside('alice', 'socket', `find / -xdev -type s 2>/dev/null`)).not.toContain(
        'ds01.sock',
      );

      // In a container that root gives the socket to, it answers nobody; on the host it answers.
      await buildTools(['curl']);
      const ask = `curl -s --max-time 5 --unix-socket ${socketPath} http://ds01/api/v1/users/me`;
      expect(await outside(ask, 'alice')).toContain('"user":"alice"');
      const options = [
        '--network=none',
        '-u',
        String(alice),
        '-v',
        `${runDirectory}:${runDirectory}`,
      ];
      const words = [
        'run',
        '--rm',
        ...options,
        toolsImage,
        '/plain/curl',
        ...ask.split(' ').slice(1),
      ];
      expect(await raw(...words)).toContain('access.denied');
      await ds01('alice', 'container', 'retire', 'socket', '--yes');
      await outside('rm -rf workspace/socket', 'alice');
    });
  });

  describe.each(['.ds01-limits', 'workspace/thesis/.ds01-alerts'])('a planted ~/%s', (file) => {
    const asAlice = (place: string, text: string) =>
      useSmallFile(sandbox(), place, { uid: alice, text });
    const path = home(file);
    const victim = () => at('victim');

    test.each([
      ['link to root’s file', () => `ln -s ${victim()} ${path}`],
      ['link to a link', () => `ln -s ${victim()} first; ln -s /home/alice/first ${path}`],
      ['link to bob’s file', () => `ln -s /home/bob/file ${path}`],
      ['link to nothing', () => `ln -s ${at('new')} ${path}`],
      ['FIFO', () => `mkfifo ${path}`],
      ['folder', () => `mkdir ${path}`],
      ['socket of a daemon', () => `ln -s ${sandbox().daemon.socketPath} ${path}`],
    ])('%s is neither read nor written through, and nobody waits for it', async (_, plant) => {
      await outside(`echo precious > ${victim()} && chmod 600 ${victim()}`);
      await outside(`rm -rf first ${path}; mkdir -p workspace/thesis; ${plant()}`, 'alice');
      expect(await asAlice(path, 'planted')).toEqual({
        read: 'file.not-a-file',
        written: 'file.not-a-file',
      });
      expect(await outside(`cat ${victim()} /home/bob/file`)).toBe('precious\ntheirs');
      expect(await outside(`ls ${at('new')}`)).toContain('No such file');
    });

    test('hard link to what only others may write stays theirs', async () => {
      await outside(`rm -rf ${path}`, 'alice');
      await outside('echo theirs > open && chmod 644 open', 'bob');
      await outside(`ln /home/bob/open ${path}`);
      expect(await asAlice(path, 'planted')).toEqual({ read: 'file.not-a-file', written: 'ok' });
      expect(await outside('cat /home/bob/open')).toBe('theirs');
      expect(await outside(`cat ${path}; stat -c %u ${path}`)).toBe(`planted${String(alice)}`);
    });

    test('link is what a writer without the wall follows, and a FIFO what it waits for', async () => {
      await outside(`rm -rf ${path}; ln -s ${victim()} ${path}`, 'alice');
      await outside(`echo overwritten > ${path}`);
      expect(await outside(`cat ${victim()}`)).toBe('overwritten');
      await outside(`rm -rf ${path}; mkfifo ${path}`, 'alice');
      expect(await outside(`timeout 1 sh -c 'echo x > ${path}'; echo $?`)).toBe('124');
      await outside(`rm -rf ${path}`, 'alice');
    });
  });
});
