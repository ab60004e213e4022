import { configWith, failureOf, succeeded } from '@ds01/e2e';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerViewSchema, deployOutputSchema } from '@ds01/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { canRun, oneOfModes, useSandbox } from './harness/use-sandbox.ts';

const modes = oneOfModes('embedded');
const plain = ['--image', 'ds01/busybox', '--cpu-only', '--background'];
const alice = { user: 'alice' };

const site = {
  data: { roots: ['/home/sets', '/home/results:rw'] },
  network: { allow_host: true },
};

/** What a site has beside people's homes, and files that alice's commands read. */
const prepare = `
  set -e
  mkdir -p /home/sets/images /home/results /home/elsewhere
  echo pixels > /home/sets/images/one
  chmod 1777 /home/results
  cd /home/alice
  mkdir -p own
  printf 'A=file\\nB="as it is"\\n' > first.env
  printf '# more\\nC=second file\\nA=second\\n' > second.env
  printf 'A=1\\nA B=2\\n' > bad.env
  printf 's3cr3t-value' > token.txt
  printf 'another-value' > other.txt
  chown -R alice: own first.env second.env bad.env token.txt other.txt
  chmod 600 token.txt other.txt
`;

describe.skipIf(!canRun).each(modes)('options of deploy, $mode', ({ mode, daemon }) => {
  const sandbox = useSandbox({
    name: `options-${mode}`,
    daemon,
    gpus: 'none',
    config: configWith({}, JSON.stringify(site)),
  });

  const ds01 = (...words: readonly string[]) => sandbox().ds01(words, alice);
  const deploy = (name: string, ...words: readonly string[]) =>
    ds01('container', 'deploy', name, ...plain, ...words);
  const refusalOf = async (name: string, ...words: readonly string[]) =>
    failureOf(await deploy(name, ...words, '--json'));
  const inside = async (name: string, script: string): Promise<string> => {
    const { stdout, stderr } = await ds01('container', 'exec', name, '--', 'sh', '-c', script);
    return `${stdout}${stderr}`.trim();
  };
  const fetched = async (url: string): Promise<string> => {
    const script = `process.stdout.write(await (await fetch('${url}')).text())`;
    const { run, programs } = sandbox();
    return succeeded(await run([programs.node, '--input-type=module', '-e', script])).stdout;
  };

  beforeAll(async () => {
    succeeded(await sandbox().run(['sh', '-c', prepare]));
  });

  describe('data folders', () => {
    beforeAll(async () => {
      const roots = ['-d', '/home/sets/images', '-d', '/home/results:/data/out:rw'];
      succeeded(await deploy('data', ...roots, '-d', '/home/alice/own:/mine:rw'));
      return async () => {
        await ds01('container', 'retire', 'data', '--yes');
      };
    });

    test('are read-only unless they were asked for otherwise', async () => {
      expect(await inside('data', 'cat /data/images/one')).toBe('pixels');
      expect(await inside('data', 'echo x > /data/images/two')).toContain('Read-only');
      expect(await inside('data', 'echo x > /data/out/a; echo y > /mine/b; cat /data/out/a')).toBe(
        'x',
      );
    });

    test('are shown by the names that their owner knows', async () => {
      const view = succeeded(await ds01('container', 'show', 'data', '--json'));
      const { mounts } = view.json(containerViewSchema).engine;
      expect(mounts).toContainEqual({
        source: '/home/sets/images',
        target: '/data/images',
        readOnly: true,
      });
      const { stdout } = succeeded(await ds01('container', 'show', 'data'));
      expect(stdout).toMatch(/mount +\/home\/sets\/images -> \/data\/images \(read-only\)/);
      expect(stdout).toMatch(/mount +\/home\/results -> \/data\/out$/m);
      expect(stdout).toMatch(/mount +\/home\/alice\/workspace\/data -> \/workspace$/m);
      expect(stdout).not.toContain('pins');
    });

    test.each([
      ['outside of what the site shares', '/home/elsewhere', 7],
      ['of the system', '/etc:/data/etc', 7],
      ['of another person', '/home/bob', 7],
      ['to write to, where the site shares it read-only', '/home/sets/images:rw', 7],
      ['that is not there', '/home/alice/nothing', 3],
    ])('a folder %s is refused', async (_, folder, exitCode) => {
      expect(await refusalOf('refused', '-d', folder)).toMatchObject({ exitCode });
      expect(await sandbox().docker('ps', '-aq', '--filter', 'name=refused')).toBe('');
    });
  });

  describe('published ports', () => {
    const serve = ['--', 'sh', '-c', 'echo hello > /tmp/index.html; exec httpd -f -p 8888 -h /tmp'];
    const serving = 'until wget -q -O /dev/null http://127.0.0.1:8888/; do :; done';

    test('are reachable on this server alone, and the deploy says where', async () => {
      const words = ['-p', '18888:8888', '-p', '8888'];
      const { stdout } = succeeded(await deploy('web', ...words, ...serve));
      const [published = ''] = /^published: .*$/m.exec(stdout) ?? [];
      const ports = [...published.matchAll(/127\.0\.0\.1:(\d+) -> 8888\/tcp/g)].map(([, it]) => it);
      expect(ports).toHaveLength(2);
      expect(ports).toContain('18888');
      const picked = ports.find((port) => port !== '18888') ?? '';
      await inside('web', serving);
      expect(await fetched('http://127.0.0.1:18888/')).toBe('hello\n');
      expect(await fetched(`http://127.0.0.1:${picked}/`)).toBe('hello\n');
      const shown = succeeded(await ds01('container', 'show', 'web')).stdout;
      expect(shown).toMatch(/port +127\.0\.0\.1:18888 -> 8888\/tcp/);
    });

    test('a port that somebody has is refused, with what to do', async () => {
      const failure = await refusalOf('second', '-p', '18888:80');
      expect(failure).toMatchObject({ exitCode: 4, code: 'port.taken' });
      expect(failure.detail).toContain('18888');
      expect(await sandbox().docker('ps', '-aq', '--filter', 'name=second')).toBe('');
    });

    test.each([
      ['a port of the system', '80:80', 'port.refused'],
      ['an address', '0.0.0.0:18889:80', 'usage.invalid'],
    ])('%s is refused', async (_, port, code) => {
      expect(await refusalOf('second', '-p', port)).toMatchObject({ exitCode: 2, code });
    });
  });

  test('variables: -e stands over the files, a later file over an earlier one', async () => {
    const files = ['--env-file', '/home/alice/first.env', '--env-file', '/home/alice/second.env'];
    succeeded(await deploy('variables', ...files, '-e', 'D=flag', '-e', 'C=flag'));
    expect(await inside('variables', 'echo "$A|$B|$C|$D"')).toBe('second|"as it is"|flag|flag');
    const exec = ['container', 'exec', 'variables', '--env-file', '/home/alice/first.env', '-e'];
    const { stdout } = succeeded(await ds01(...exec, 'E=own', '--', 'sh', '-c', 'echo $A $E'));
    expect(stdout).toBe('file own\n');
  });

  test('a file of variables that is wrong is refused with its line', async () => {
    const failure = await refusalOf('bad', '--env-file', '/home/alice/bad.env');
    expect(failure).toMatchObject({ exitCode: 2, code: 'env-file.invalid', details: { line: 2 } });
  });

  test('a secret is readable inside, and nowhere else', async () => {
    const secret = ['--secret', '/home/alice/token.txt', '--secret', 'other=/home/alice/other.txt'];
    const deployed = succeeded(await deploy('secrets', ...secret, '--json'));
    expect(await inside('secrets', 'cat /run/secrets/token.txt /run/secrets/other')).toBe(
      's3cr3t-valueanother-value',
    );
    expect(await inside('secrets', 'env; cat /proc/1/cmdline')).not.toContain('s3cr3t');
    const { stateDirectory } = sandbox().host.paths;
    const kept = readdirSync(stateDirectory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const known = [await sandbox().docker('inspect', 'secrets._.alice'), ...kept, deployed.stdout];
    expect(known.join('\n')).not.toMatch(/s3cr3t|czNjcjN0|another-value/);
  });

  test('the same deploy again is known; with another secret it is another request', async () => {
    const secret = ['--secret', '/home/alice/token.txt', '--secret', 'other=/home/alice/other.txt'];
    const again = succeeded(await deploy('secrets', ...secret, '--json'));
    expect(again.json(deployOutputSchema).outcome).toBe('already-running');
    const changed = ['--secret', 'token.txt=/home/alice/other.txt', ...secret.slice(2)];
    const failure = await refusalOf('secrets', ...changed);
    expect(failure).toMatchObject({ exitCode: 4, code: 'container.different-request' });
    expect(failure.detail).toContain('secrets: token.txt');
  });

  test.each([
    ['--cpus', '2', 'quota.cpus-exceeded', 'max_cpus'],
    ['--memory', '1g', 'quota.memory-exceeded', 'memory'],
    ['--shm-size', '1g', 'quota.memory-exceeded', 'shm_size'],
  ])('%s %s is above the limit', async (flag, value, code, key) => {
    const failure = await refusalOf('large', flag, value);
    expect(failure).toMatchObject({ exitCode: 5, code, details: { key } });
  });

  test('less than the limits may be asked for, and holds inside', async () => {
    const less = ['--cpus', '0.5', '--memory', '64m', '--shm-size', '8m'];
    const deployed = succeeded(await deploy('small', ...less, '--json'));
    expect(deployed.json(deployOutputSchema).limits).toMatchObject({
      cpus: 0.5,
      memoryBytes: 64 * 1024 ** 2,
      shmSizeBytes: 8 * 1024 ** 2,
    });
    const memory = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes; df -m /dev/shm | tail -n 1';
    expect(await inside('small', memory)).toMatch(/^67108864\n\S+ +8 /);
  });

  test('--network none leaves the loopback, host is the host’s own', async () => {
    const names = 'cut -d: -f1 -s /proc/net/dev';
    const namesOf = (text: string) => text.split('\n').map((name) => name.trim());
    succeeded(await deploy('alone', '--network', 'none'));
    expect(await inside('alone', names)).toBe('lo');
    succeeded(await deploy('open', '--network', 'host'));
    const host = succeeded(await sandbox().run(['sh', '-c', names])).stdout.trim();
    expect(namesOf(host)).toContain('docker0');
    expect(namesOf(await inside('open', names))).toEqual(namesOf(host));
    expect(await refusalOf('ports', '--network', 'none', '-p', '8888')).toMatchObject({
      exitCode: 2,
      code: 'port.refused',
    });
  });
});
