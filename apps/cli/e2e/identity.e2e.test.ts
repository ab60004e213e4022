import { configWith, succeeded } from '@ds01/e2e';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const prompt = 'alice@thesis:/workspace$ ';
const deployWith = join(import.meta.dirname, 'harness/deploy-with.ts');

/** People with groups: one that the site shares with containers, one that it doesn't. */
const accounts = [
  { name: 'alice', uid: 42_001, gid: 42_001, home: '/home/alice', groups: ['lab', 'private'] },
  { name: 'bob', uid: 42_002, gid: 42_002, home: '/home/bob', groups: ['private'] },
];

describe.skipIf(!canRun)('who somebody is inside', () => {
  const sandbox = useSandbox({
    name: 'identity',
    gpus: 'none',
    accounts,
    config: configWith({}, 'shared_groups: [lab]\n'),
  });
  const alice = { user: 'alice' };

  /** What a command inside prints, on either output. */
  const inside = async (name: string, script: string): Promise<string> => {
    const words = ['container', 'exec', name, '--', 'sh', '-c', script];
    const { stdout, stderr } = await sandbox().ds01(words, alice);
    return `${stdout}${stderr}`.trim();
  };
  const shell = async (name: string, words: readonly string[], typed = ''): Promise<string> => {
    const line = ['container', 'exec', '-i', name, '--', ...words];
    const { stdout, stderr } = await sandbox().ds01(line, { ...alice, stdin: `${typed}exit\n` });
    return `${stdout}${stderr}`;
  };
  const deploy = async (name: string, image: string, user = 'alice'): Promise<void> => {
    const words = ['container', 'deploy', name, '--image', image, '--cpu-only', '--background'];
    succeeded(await sandbox().ds01(words, { user }));
  };
  /** An image of what somebody might make: `files` on top of busybox. */
  const build = async (tag: string, files: Readonly<Record<string, string>>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'ds01-image-'));
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(folder, 'root', path, '..'), { recursive: true });
        writeFileSync(join(folder, 'root', path), text);
      }
      writeFileSync(join(folder, 'Dockerfile'), 'FROM ds01/busybox\nCOPY root /\n');
      await sandbox().docker('build', '--network', 'none', '--tag', tag, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  describe.each(['ds01/busybox', 'ds01/python'])('in %s', (image) => {
    const bash = image === 'ds01/python';

    beforeAll(async () => {
      if (bash) await sandbox().host.image('python');
      await deploy('thesis', image);
      return async () => {
        await sandbox().ds01(['container', 'retire', 'thesis', '--yes'], alice);
      };
    });

    test('their uid, their gid and the shared group, each with a name', async () => {
      expect(await inside('thesis', 'id')).toMatch(
        /^uid=42001\(alice\) gid=42001\(alice\) groups=42001\(alice\),\d+\(lab\)$/,
      );
      expect(await inside('thesis', 'whoami; groups; hostname')).toBe('alice\nalice lab\nthesis');
      expect(await inside('thesis', 'echo $HOME $USER $LOGNAME')).toBe('/home/alice alice alice');
    });

    test('the main process has the same groups as a command', async () => {
      const groups = "grep -E '^(Uid|Gid|Groups)' /proc/1/status /proc/self/status";
      const lines = (await inside('thesis', groups))
        .split('\n')
        .map((it) => it.split('status:')[1]);
      expect(lines.slice(0, 3).map((it) => it?.trim())).toEqual(
        lines.slice(3).map((it) => it?.trim()),
      );
    });

    test('their home is theirs alone, and writable', async () => {
      expect(await inside('thesis', 'stat -c "%a %u %g" $HOME')).toBe('700 42001 42001');
      expect(await inside('thesis', 'echo kept > ~/.file && cat ~/.file')).toBe('kept');
    });

    test('the files of accounts can only be read', async () => {
      for (const file of ['/etc/passwd', '/etc/group', '/etc/ds01/shrc', '/etc/ds01/aliases']) {
        expect(await inside('thesis', `echo x >> ${file}`)).toMatch(/denied|Read-only/);
        expect(await inside('thesis', `rm ${file}`)).toMatch(/denied|busy|Read-only/);
      }
      expect(await inside('thesis', 'grep -c ^alice: /etc/passwd /etc/group')).toBe(
        '/etc/passwd:1\n/etc/group:1',
      );
    });

    test.each([
      'sh -i',
      'sh -l -i',
      ...(bash ? ['bash -i', 'bash -l -i', 'bash --norc -i', 'bash --noprofile --norc -i'] : []),
    ])('the prompt of %s, and what helps there', async (words) => {
      const typed = 'cd /; ws\nds01-help\nalias ll gpu\nds01 container list\n';
      const said = await shell('thesis', words.split(' '), typed);
      expect(said).toContain(prompt);
      expect(said).toContain('thesis, a container of alice');
      expect(said).toMatch(/ll='ls -l'[^]*gpu='nvidia-smi'/);
      expect(said).toContain('ds01 works on the server, not in here. Leave with: exit');
    });
  });

  test('the shell that DS01 opens reads their own settings too', async () => {
    await deploy('settings', 'ds01/python');
    await inside('settings', 'echo "echo own settings" > ~/.bashrc');
    const said = await shell('settings', ['bash', '--rcfile', '/etc/ds01/shrc', '-i']);
    expect(said).toContain('own settings');
    expect(said).toContain('alice@settings:/workspace$ ');
  });

  test('groups and ids that an image gives away are not given', async () => {
    await build('hostile/accounts', {
      'etc/passwd':
        '42001:x:0:0::/root:/bin/sh\r\nalice:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\n+::::::\n',
      'etc/group': '42001:x:0:\nroot:x:0:alice,42001\ndisk:x:6:alice\ndocker:x:999:alice\n',
    });
    await deploy('hostile', 'hostile/accounts');
    const script = "grep -E '^(Uid|Gid|Groups)' /proc/1/status; id; grep -c . /etc/passwd";
    const [uid, gid, groups, id, lines] = (await inside('hostile', script)).split('\n');
    expect([uid, gid].map((line) => line?.split(/\s+/).slice(1))).toEqual([
      ['42001', '42001', '42001', '42001'],
      ['42001', '42001', '42001', '42001'],
    ]);
    expect(groups?.split(/\s+/).filter((word) => /^\d+$/.test(word))).not.toContain('0');
    expect(groups).not.toMatch(/\b(?:6|999)\b/);
    expect(id).toMatch(/^uid=42001\(alice\) gid=42001\(alice\) groups=42001\(alice\),\d+\(lab\)$/);
    expect(lines).toBe('2');
  });

  test.each([
    ['home', 'workspace'],
    ['home/alice', '/etc'],
    ['workspace', '/etc'],
    ['etc/passwd', '/workspace/passwd'],
  ])('an image in which /%s is a link is refused, and leaves nothing', async (path, target) => {
    const tag = `hostile/${path.replaceAll('/', '-')}`;
    const script = `mkdir -p $(dirname /${path}) && rm -rf /${path} && ln -s ${target} /${path}`;
    const run = ['run', '--name', 'linked', '--network', 'none', 'ds01/busybox', 'sh', '-c'];
    await sandbox().docker(...run, script);
    await sandbox().docker('commit', 'linked', tag);
    await sandbox().docker('rm', 'linked');
    const words = ['container', 'deploy', 'linked', '--image', tag, '--cpu-only', '--background'];
    const { code, stderr } = await sandbox().ds01(words, alice);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`/${path}`),
    });
    expect(await sandbox().docker('ps', '-aq', '--filter', 'name=linked')).toBe('');
  });

  describe('secrets, data and ports', () => {
    const withEverything = {
      name: 'full',
      image: 'ds01/busybox',
      project: null,
      workspace: null,
      gpu: { kind: 'none' },
      data: [
        { folder: '/home/alice/sets', target: '/data/sets', readOnly: true },
        { folder: '/home/alice/out', target: '/data/out', readOnly: false },
      ],
      secrets: [{ name: 'token', base64: btoa('s3cret') }],
      ports: [{ containerPort: 8888, protocol: 'tcp', hostPort: 18_888 }],
    };
    const deployFull = async (): Promise<string> => {
      const words = ['--conditions=@ds01/source', deployWith, 'alice'];
      const input = JSON.stringify(withEverything);
      return (await sandbox().run([process.execPath, ...words, input])).stdout;
    };

    beforeAll(async () => {
      const make =
        'cd /home/alice && mkdir -p sets out && echo data > sets/one && chown -R alice .';
      succeeded(await sandbox().run(['sh', '-c', make]));
      await deployFull();
    });

    test('a secret is its owner’s to read, and nowhere in what the engine knows', async () => {
      expect(await inside('full', 'cat /run/secrets/token')).toBe('s3cret');
      expect(await inside('full', 'stat -c "%a %u" /run/secrets /run/secrets/token')).toBe(
        '500 42001\n400 42001',
      );
      expect(await inside('full', 'echo x > /run/secrets/other')).toMatch(/denied|Read-only/);
      const known = await sandbox().docker('inspect', 'full._.alice');
      expect(known).not.toMatch(/s3cret|czNjcmV0/);
      expect(await inside('full', 'env')).not.toContain('s3cret');
    });

    test('data is read or written as it was asked for, and never as root', async () => {
      expect(await inside('full', 'cat /data/sets/one')).toBe('data');
      expect(await inside('full', 'echo x > /data/sets/two')).toContain('Read-only');
      expect(await inside('full', 'echo x > /data/out/two && echo written')).toBe('written');
      expect(statSync(sandbox().homePath('/home/alice/out/two')).uid).toBe(42_001);
    });

    test('a port is published on this host alone', async () => {
      const published = await sandbox().docker('port', 'full._.alice');
      expect(published).toBe('8888/tcp -> 127.0.0.1:18888');
    });

    test('secrets, folders and ports are there again after a stop and a start', async () => {
      succeeded(await sandbox().ds01(['container', 'stop', 'full'], alice));
      succeeded(await sandbox().ds01(['container', 'start', 'full'], alice));
      expect(await inside('full', 'cat /run/secrets/token /data/sets/one')).toBe('s3cretdata');
      expect(await deployFull()).toContain('"outcome":"already-running"');
    });

    test('nothing of it is left once it is retired', async () => {
      succeeded(await sandbox().ds01(['container', 'retire', 'full', '--yes'], alice));
      const networks = await sandbox().docker('network', 'ls', '--format', '{{.Name}}');
      const others = await sandbox().docker('ps', '-aq');
      expect(networks.includes('ds01-alice')).toBe(others !== '');
      expect(
        sandbox()
          .resources()
          .pins.filter((path) => path.includes('secrets')),
      ).toEqual([]);
    });
  });
});
