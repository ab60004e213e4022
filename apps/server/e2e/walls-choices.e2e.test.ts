import { describe, expect, test } from 'vitest';
import { canRun } from './harness/use-sandbox.ts';
import { hostileImage as hostile, ids, useHostile } from './harness/walls-hostile.ts';

const { alice, labGroup, privateGroup } = ids;

describe.skipIf(!canRun)('what somebody may choose', () => {
  const { sandbox, shared, workspace, plain, ...walls } = useHostile('walls-choices');
  const { call, deploy, ds01, inside, outside, raw } = walls;

  describe('who somebody is', () => {
    test('an image that makes its user root and gives groups away does so in a plain container', async () => {
      const bind = `${workspace()}:/workspace`;
      expect(await plain('alice', bind, '/plain/id', '-u')).toBe('0');
      expect(await plain('alice', bind, '/plain/id', '-G')).toMatch(/\b999\b/);
      const ids = '/plain/id -u; /plain/id -g; /plain/id -G; grep -c . /etc/passwd';
      const [uid, gid, groups] = (await inside('alice', 'thesis', ids)).split('\n');
      expect([uid, gid, groups]).toEqual([String(alice), String(alice), `${alice} ${labGroup}`]);
    });

    test('a group that the site doesn’t share opens nothing inside, though it does on the host', async () => {
      await outside(
        `cd ${shared()} && for g in ${labGroup} ${privateGroup}; do echo $g > $g; chown 0:$g $g; chmod 640 $g; done`,
      );
      const read = `cat ${labGroup} ${privateGroup}`;
      expect(await outside(`cd ${shared()} && ${read}`, 'alice')).toBe(
        `${labGroup}\n${privateGroup}`,
      );
      const found = await inside('alice', 'thesis', `cd /shared && ${read}`);
      expect(found).toMatch(new RegExp(`^${labGroup}\n.*${privateGroup}.*denied`));
    });

    test('nobody chooses another user, group, folder or right for a command or a container', async () => {
      expect(await raw('exec', '-u', '0:0', 'thesis._.alice', 'cat', '/etc/secret')).toBe('sesame');
      const exec = { name: 'thesis', command: ['true'], tty: false, stdin: false, size: null };
      const keys = [
        'user',
        'User',
        'workingDir',
        'privileged',
        'Privileged',
        'groupAdd',
        'gid',
        'uid',
      ];
      for (const key of keys) {
        expect([key, await call('alice', 'containers.exec', { ...exec, [key]: '0' })]).toEqual([
          key,
          'request.invalid',
        ]);
      }
      const asked = [
        'CgroupParent',
        'cgroupParent',
        'HostConfig',
        'capabilities',
        'runtime',
        'labels',
      ];
      for (const key of [...keys, ...asked, 'volumesFrom', 'pid', 'ipc', 'devices', 'mounts']) {
        expect([key, await deploy('alice', { name: 'other', [key]: 'system.slice' })]).toEqual([
          key,
          'request.invalid',
        ]);
      }
      for (const flag of ['-u 0', '--privileged', '-w /root', '--cgroup-parent x', '--pid host']) {
        const words = ['container', 'exec', ...flag.split(' '), 'thesis', '--', 'id'];
        expect([flag, await ds01('alice', ...words)]).toEqual([flag, expect.stringMatching(/^2 /)]);
      }
      const asRoot = ['container', 'exec', 'thesis', '--user', 'root', '--', 'id'];
      expect(await ds01('alice', ...asRoot)).toMatch(/^125 .*access\.denied/);
    });

    test('a variable changes nothing about it', async () => {
      const flags = ['LD_PRELOAD=/workspace/x.so', 'USER=root', 'HOME=/root', 'ENV=/workspace/rc'];
      const words = flags.flatMap((flag) => ['-e', flag]);
      const line = ['container', 'exec', ...words, 'thesis', '--', '/plain/id', '-u'];
      const said = await sandbox().ds01(line, { user: 'alice' });
      expect(said).toMatchObject({ code: 0, stdout: `${alice}\n` });
    });
  });

  describe('GPUs that are not leased', () => {
    test('an image that asks for all of them gets none, and one with a lease gets that', async () => {
      const env = 'echo $NVIDIA_VISIBLE_DEVICES';
      const bind = `${workspace()}:/workspace`;
      expect(await plain(alice, bind, 'sh', '-c', env)).toBe('all');
      expect(await inside('alice', 'thesis', env)).toBe('void');
      expect(await inside('alice', 'thesis', 'nvidia-smi -L')).toMatch(/not found/);
      const [lease] = sandbox().leases();
      const uuid = lease?.slots[0]?.uuid ?? '';
      const shown = await inside('alice', 'gpu', `CUDA_VISIBLE_DEVICES=0,1 nvidia-smi -L; ${env}`);
      expect(shown.match(/GPU-[0-9a-f-]{36}/g)).toEqual([uuid, uuid]);
    });

    test('hole: NVIDIA_VISIBLE_DEVICES and the like by the command line are refused', async () => {
      const names = [
        'NVIDIA_VISIBLE_DEVICES',
        'DOCKER_RESOURCE_NVIDIA',
        'NVIDIA_MIG_CONFIG_DEVICES',
      ];
      for (const name of names) {
        const code = await deploy('alice', { name: 'other', env: { [name]: 'all' } });
        expect([name, code]).toEqual([name, 'env.refused']);
      }
      const exec = { command: ['true'], tty: false, stdin: false, size: null };
      const env = { NVIDIA_VISIBLE_DEVICES: 'all' };
      const asked = { name: 'thesis', ...exec, env };
      expect(await call('alice', 'containers.exec', asked)).toBe('env.refused');
    });

    test('hole: --gpus device=UUID of somebody else’s, --runtime and -g=N are no words here', async () => {
      const [lease] = sandbox().leases();
      const device = `device=${lease?.slots[0]?.uuid ?? ''}`;
      for (const flag of [`--gpus=${device}`, '--gpus=all', '--runtime=nvidia', '-g=1']) {
        const words = ['container', 'deploy', 'other', '--image', hostile, '--background', flag];
        expect([flag, await ds01('bob', ...words)]).toEqual([flag, expect.stringMatching(/^2 /)]);
      }
      const taken = { kind: 'exact', uuids: [lease?.slots[0]?.uuid] };
      expect(await deploy('bob', { name: 'other', gpu: taken })).not.toBe('ok');
      expect(sandbox().leases()).toHaveLength(1);
    });

    test('hole: a container with GPUs past DS01 does not start, whatever labels it has', async () => {
      const labels = [
        'ds01.managed=true',
        'ds01.interface=atomic',
        'ds01.user=alice',
        'ds01.monitoring=true',
      ];
      const words = labels.flatMap((label) => ['--label', label]);
      const said = await raw(
        'run',
        '--rm',
        '--network=none',
        ...words,
        '--gpus',
        'all',
        hostile,
        'true',
      );
      expect(said).toMatch(/ds01|DS01/);
      expect(sandbox().leases()).toHaveLength(1);
    });
  });

  test('hole: what a site’s people write never becomes part of a command, a log line or a file name', async () => {
    const names = ['a\nb', 'a;id', '$(id)', '../../etc', 'a\u0000b', "a'b", '-rf', 'x'.repeat(200)];
    for (const name of names) {
      expect([name, await deploy('alice', { name })]).toEqual([
        name,
        expect.stringMatching(/^(?:name|request)\.invalid$/),
      ]);
      expect([name, await deploy('alice', { name: 'other', project: name })]).toEqual([
        name,
        expect.stringMatching(/^(?:name|request)\.invalid$/),
      ]);
    }
    const audit = await outside(`cat ${sandbox().host.paths.stateDirectory}/audit.jsonl`);
    for (const line of audit.split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(
      (await sandbox().engine.listContainers()).map((row) => row.dockerName).toSorted(),
    ).toEqual(['gpu._.alice', 'thesis._.alice', 'web._.bob']);
  });
});
