import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canRun } from './harness/use-sandbox.ts';
import { ids, useHostile } from './harness/walls-hostile.ts';
import { toolsImage } from './harness/walls.ts';

const { alice, bob, labGroup, privateGroup } = ids;

describe.skipIf(!canRun)('inside of somebody’s container', () => {
  const { sandbox, shared, workspace, plain, ...walls } = useHostile('walls-inside');
  const { build, ds01, engineView, inside, made, outside, raw } = walls;

  describe('nobody is root', () => {
    const status = (script: string): Promise<string> =>
      inside('alice', 'thesis', `grep -E '^(Uid|Gid|Groups|Cap|NoNew|Seccomp:)' ${script}`);
    const none = '0000000000000000';

    test('the main process and every command have the owner’s ids, no right and a filter', async () => {
      const rootly = await plain(0, `${workspace()}:/workspace`, 'cat', '/proc/self/status');
      expect(rootly).toMatch(/^Uid:\t0\t/m);
      expect(rootly).not.toContain(`CapEff:\t${none}`);
      for (const process of ['/proc/1/status', '/proc/self/status']) {
        const lines = (await status(process)).split('\n').map((line) => line.split(/\s+/));
        const values = Object.fromEntries(
          lines.map(([key, ...rest]) => [key, rest.join(' ').trim()]),
        );
        const everyId = `${alice} ${alice} ${alice} ${alice}`;
        expect(values).toEqual({
          'Uid:': everyId,
          'Gid:': everyId,
          'Groups:': `${alice} ${labGroup}`,
          'CapInh:': none,
          'CapPrm:': none,
          'CapEff:': none,
          'CapBnd:': none,
          'CapAmb:': none,
          'NoNewPrivs:': '1',
          'Seccomp:': '2',
        });
      }
    });

    test('only what was asked for is mounted, with the flags that keep devices and setuid bits out', async () => {
      const table = await inside('alice', 'thesis', 'cat /proc/self/mounts');
      const pins = sandbox().host.paths.pinsDirectory;
      const ownFiles = ['/etc/ds01/aliases', '/etc/ds01/shrc', '/etc/ds01/zsh/.zshenv'];
      const { mounts } = await engineView('thesis._.alice');
      expect(mounts.map(({ target }) => target).toSorted()).toEqual([
        ...ownFiles,
        '/etc/group',
        '/etc/passwd',
        '/shared',
        '/workspace',
      ]);
      expect(mounts.filter(({ source }) => !source.startsWith(`${pins}/`))).toEqual([]);
      const flags = new Map(
        table.split('\n').map((line): [string, readonly string[]] => {
          const fields = line.split(' ');
          return [fields[1] ?? '', (fields[3] ?? '').split(',')];
        }),
      );
      for (const target of ['/workspace', '/shared']) {
        expect(flags.get(target)).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']));
      }
      for (const target of ['/etc/passwd', '/etc/group', ...ownFiles]) {
        expect(flags.get(target)).toContain('ro');
      }
      const places = [...flags.keys()].filter((path) => !/^\/(?:proc|sys|dev)(?:\/|$)/.test(path));
      expect(places.toSorted()).toEqual([
        '/',
        ...ownFiles,
        '/etc/group',
        '/etc/hostname',
        '/etc/hosts',
        '/etc/passwd',
        '/etc/resolv.conf',
        '/sbin/docker-init',
        '/shared',
        '/workspace',
      ]);
    });

    test('its devices are those that every container has', async () => {
      const listed = await inside('alice', 'thesis', 'ls /dev');
      const usual = ['console', 'core', 'fd', 'full', 'mqueue', 'null', 'ptmx', 'pts', 'random'];
      const rest = ['shm', 'stderr', 'stdin', 'stdout', 'tty', 'urandom', 'zero'];
      expect([...usual, ...rest]).toEqual(expect.arrayContaining(listed.split('\n')));
      expect(await inside('alice', 'thesis', 'mknod /tmp/disk b 8 0')).toMatch(/not permitted/);
    });

    test('its namespaces are neither the host’s nor another container’s', async () => {
      const kinds = ['mnt', 'pid', 'net', 'uts', 'ipc'];
      const script = kinds.map((kind) => `readlink /proc/self/ns/${kind}`).join('; ');
      const [own, others, host] = await Promise.all([
        inside('alice', 'thesis', script),
        inside('bob', 'web', script),
        outside(script),
      ]);
      const [a, b, c] = [own, others, host].map((text) => text.split('\n'));
      expect(a).toHaveLength(kinds.length);
      kinds.forEach((kind, at) => expect([kind, b?.[at]]).not.toEqual([kind, a?.[at]]));
      kinds.forEach((kind, at) => expect([kind, c?.[at]]).not.toEqual([kind, a?.[at]]));
    });

    test('nothing of the kernel’s can be changed', async () => {
      const tries = [
        'mount -t tmpfs none /tmp',
        'mount -o remount,suid /workspace',
        'umount /workspace',
        'chroot / true',
        'hostname other',
        'echo 1 > /proc/sys/kernel/panic',
        'echo x > /proc/sysrq-trigger',
        'unshare -Ur true',
        'unshare -m true',
        'nsenter -t 1 -m true',
        'mkdir /sys/fs/cgroup/memory/x',
        'chown root /workspace',
        'echo x > /etc/passwd',
        'rm -f /etc/passwd',
        'echo x >> /etc/hosts',
        'cat /etc/secret',
        'echo x > /dev/mem',
      ];
      const outcome = await inside(
        'alice',
        'thesis',
        tries.map((words) => `(${words}) >/dev/null 2>&1 && echo '${words}'`).join('; '),
      );
      expect(outcome).toBe('');
    });
  });

  describe('a setuid bit', () => {
    test('in the image gives nothing; without the wall it makes root', async () => {
      expect(await plain(alice, `${workspace()}:/workspace`, '/plain/rootid', '-u')).toBe('0');
      expect(await plain(alice, `${workspace()}:/workspace`, '/plain/rootcat', '/etc/secret')).toBe(
        'sesame',
      );
      expect(await inside('alice', 'thesis', '/plain/rootid -u; /plain/rootid -g')).toBe(
        `${alice}\n${alice}`,
      );
      expect(await inside('alice', 'thesis', '/plain/rootcat /etc/secret')).toContain('denied');
    });

    test('of root can be planted in a workspace by a plain container, and by nobody through DS01', async () => {
      const plant = 'cp /plain/id /workspace/planted && chmod 6755 /workspace/planted';
      await outside(`chmod 711 /home/alice /home/alice/workspace && chmod 755 ${workspace()}`);
      await plain(0, `${workspace()}:/workspace`, 'sh', '-c', plant);
      expect(await outside('/home/alice/workspace/thesis/planted -u', 'bob')).toBe('0');
      await outside(`rm ${workspace()}/planted`);

      expect(await inside('alice', 'thesis', plant)).toBe('');
      expect(await outside(`stat -c '%u %g' ${workspace()}/planted`)).toBe(`${alice} ${alice}`);
      expect(await outside('/home/alice/workspace/thesis/planted -u', 'bob')).toBe(String(alice));
      const give = `chown 0:0 /workspace/planted; chown ${bob} /workspace/planted; chgrp ${privateGroup} /workspace/planted`;
      expect(await inside('alice', 'thesis', `(${give}) 2>&1 | grep -c 'not permitted'`)).toBe('3');
      await outside(`rm ${workspace()}/planted`);
    });

    test('of others in a workspace or shared folder gives nothing inside', async () => {
      await outside(`cp /usr/bin/id ${workspace()}/rooted && chmod 6755 ${workspace()}/rooted`);
      await outside(`cp /usr/bin/id ${shared()}/bobs && chmod 4755 ${shared()}/bobs`, 'bob');
      const bind = `${shared()}:/shared`;
      expect(await plain(alice, bind, '/shared/bobs', '-u')).toBe(String(bob));
      expect(await inside('alice', 'thesis', '/shared/bobs -u; /workspace/rooted -u')).toBe(
        `${alice}\n${alice}`,
      );
      await outside(`rm ${workspace()}/rooted ${shared()}/bobs`);
    });

    test('comes with no archive, and neither does anything of root’s', async () => {
      const folder = join(sandbox().host.paths.root, 'archive');
      await outside(
        `mkdir -p ${folder}/in && cd ${folder}/in && echo '#!/bin/sh' > rooted && chmod 6755 rooted && ` +
          `ln -s / out && tar -cf ../walls.tar rooted out && chmod 644 ../walls.tar && ` +
          `cp ../walls.tar ${shared()}/ && chmod 644 ${shared()}/walls.tar`,
      );
      const docker = sandbox().host.environment['DS01_DOCKER'] ?? 'docker';
      await outside(`${docker} cp - thesis._.alice:/workspace < ${folder}/walls.tar`);
      expect(await outside(`stat -c '%u %a' ${workspace()}/rooted`)).toBe('0 6755');
      await outside(`rm ${workspace()}/rooted`);

      await inside('alice', 'thesis', 'cd /workspace && tar -xpf /shared/walls.tar');
      expect(await outside(`stat -c '%u %g' ${workspace()}/rooted`)).toBe(`${alice} ${alice}`);
      const through =
        'cd /workspace && echo x > file && tar -cf t.tar file && tar -xf t.tar -C out/etc';
      expect(await inside('alice', 'thesis', through)).toMatch(/denied|can't/);
      await outside(`rm -rf ${workspace()}/* ${folder} ${shared()}/walls.tar`);
    });
  });

  describe('container cp', () => {
    test('reads and writes with the owner’s rights; the engine’s own copies as root', async () => {
      expect(await raw('cp', 'thesis._.alice:/etc/secret', '-')).toContain('sesame');
      for (const source of ['/etc/secret', '/secret-link', '/workspace/../etc/secret']) {
        const copied = await ds01('alice', 'container', 'cp', '-L', `thesis:${source}`, '-');
        expect([source, copied]).toEqual([source, expect.stringMatching(/^[1-9]/)]);
        expect(copied).not.toContain('sesame');
      }
      await outside('echo mine > mine && chmod 600 mine', 'alice');
      for (const target of ['/etc/passwd', '/etc/new', '/proc/sys/kernel/hostname', '/plain/id']) {
        const copied = await ds01('alice', 'container', 'cp', 'mine', `thesis:${target}`);
        expect([target, copied]).toEqual([target, expect.stringMatching(/^[1-9]/)]);
      }
      for (const name of ['thesis', 'thesis._.alice', 'alice/thesis']) {
        const copied = await ds01('bob', 'container', 'cp', `${name}:/etc/passwd`, '-');
        expect([name, copied]).toEqual([name, expect.stringMatching(/^[1-9]/)]);
      }
    });

    test('writes nothing outside of where it copies to, whatever the container sends', async () => {
      const folder = join(sandbox().host.paths.root, 'sent');
      await outside(
        `mkdir -p ${folder}/f && cd ${folder}/f && echo sent > up && echo sent > root && ` +
          `ln -s /home/alice out && echo sent > through && ` +
          `tar -P -cf ../sent.tar --transform 's,^up$,x/../../escaped,;s,^root$,/home/alice/escaped,;s,^out$,x/out,;s,^through$,x/out/escaped,' up root out through`,
      );
      expect(await outside(`tar -tPf ${folder}/sent.tar`)).toContain('x/../../escaped');
      const lines = [`FROM ${toolsImage}`, 'COPY sent.tar /sent.tar'];
      const program =
        "RUN rm /bin/tar; printf '#!/bin/sh\\ncat /sent.tar\\n' > /bin/tar; chmod 755 /bin/tar";
      await build('walls/sends', [...lines, program], { 'sent.tar': `${folder}/sent.tar` });
      await made('alice', { name: 'sends', image: 'walls/sends' });
      const escaped = 'find /home/alice -name escaped';
      await outside(`mkdir -p into/here && cd into/here && tar -xPf ${folder}/sent.tar`, 'alice');
      expect(await outside(escaped, 'alice')).toMatch(/^\/home\/alice\/escaped$/m);
      await outside('rm -rf into escaped && mkdir -p into/here', 'alice');
      const copied = await ds01('alice', 'container', 'cp', 'sends:/x', '/home/alice/into/here');
      expect(copied).toMatch(/left out|copy\.unsafe/);
      expect(await outside(escaped, 'alice')).toBe('');
      await ds01('alice', 'container', 'retire', 'sends', '--yes');
    });
  });

  test('a device file in a workspace can’t be opened', async () => {
    await outside(`mknod -m 666 ${workspace()}/zero c 1 5`);
    const read = 'head -c 2 /workspace/zero | wc -c';
    expect(await plain(alice, `${workspace()}:/workspace`, 'sh', '-c', read)).toBe('2');
    expect(await inside('alice', 'thesis', read)).toContain('denied');
    await outside(`rm ${workspace()}/zero`);
  });
});
