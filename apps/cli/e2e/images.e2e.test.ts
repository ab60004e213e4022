import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageBuildOutputSchema } from '@ds01/contracts';
import {
  makeWheel,
  type PackageIndex,
  startImageRegistry,
  startPackageIndex,
  wheelName,
} from '@ds01/docker-host';
import { configWith, failureOf, succeeded } from '@ds01/e2e';
import { cacheDirectory } from '@ds01/setup';
import { beforeAll, describe, expect, test } from 'vitest';
import { createImageTools, encodingsOf, steps, watchProcesses } from './harness/image-tools.ts';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const limits = { max_cpus: 1.5, memory: '300m', memory_swap: '300m', pids_limit: 90 };
const registryAddress = '127.0.0.1:5000';
const openSite = `builds: {allow_host_network: true}\nimages: {registries: ['${registryAddress}']}\n`;
const canary = 'canary-5f0e1c';

/** A package with a program of its own. */
const program = (name: string, version: string) => ({
  name,
  version,
  files: { [`${name}-${version}.data/scripts/${name}`]: `#!python\nprint('${name} ${version}')\n` },
});

describe.skipIf(!canRun)('images', () => {
  const sandbox = useSandbox({
    name: 'images',
    gpus: 'none',
    daemon: true,
    config: configWith(limits, openSite),
  });
  const tools = createImageTools(sandbox);
  const { as, alice, bob, write, inside, dockerfile, start, untilContainers, containers } = tools;
  let index: PackageIndex;

  beforeAll(async () => {
    await sandbox().host.image('python');
    const packages = [program('greet', '1.0'), program('greet', '2.0')];
    index = await startPackageIndex(sandbox().host, packages);
  });

  describe('from requirements to a container that has them', () => {
    const list = 'workspace/thesis/req.txt';
    const deployed = async (name: string, image: string): Promise<string> => {
      const words = ['container', 'deploy', name, '--image', image, '--cpu-only', '--background'];
      succeeded(await alice(...words));
      return inside(name, 'greet');
    };

    test('what was asked for is built, and works in the container', async () => {
      await write('alice', list, `--index-url ${index.url}\ngreet==1.0\n`);
      const words = ['image', 'create', 'thesis', '--base', 'ds01/python', '--system', 'tree'];
      const more = ['--requirements', list, '--network', 'host', '--yes', '--json'];
      const { image } = succeeded(await alice(...words, ...more)).json(imageBuildOutputSchema);
      expect(image?.tags).toEqual(
        expect.arrayContaining(['ds01-alice/thesis:latest', `ds01-alice/thesis:${image?.build}`]),
      );
      succeeded(await alice('container', 'deploy', 'thesis', '--cpu-only', '--background'));
      expect(await inside('thesis', 'greet && tree --version && id -un')).toMatch(
        /^greet 1\.0\ntree v[^\n]+\nalice\n$/,
      );
      const own = program('own', '3.1');
      await write('alice', `workspace/thesis/${wheelName(own)}`, makeWheel(own));
      const install = `pip install --user --no-index -q /workspace/${wheelName(own)} && own`;
      expect(await inside('thesis', install)).toBe('own 3.1\n');
    });

    test('an edited list takes effect, and only what follows it is built again', async () => {
      succeeded(await alice('image', 'tag', 'thesis', 'before'));
      await write('alice', list, `--index-url ${index.url}\ngreet==2.0\n`);
      const asked = index.requests().length;
      const words = ['image', 'update', 'thesis', '--rebuild', '--network', 'host', '--yes'];
      const { cached, done } = steps(succeeded(await alice(...words)).stderr);
      expect(cached.filter((step) => step.includes('apt-get'))).toHaveLength(1);
      expect(done.filter((step) => /apt-get|pip install/.test(step))).toEqual([
        expect.stringContaining('pip install'),
      ]);
      expect(index.requests().slice(asked).join()).toContain('greet-2.0');
      expect(await deployed('second', 'thesis')).toBe('greet 2.0\n');
    });

    test('a tag brings the old one back, and so does a rollback', async () => {
      expect(await deployed('third', 'thesis:before')).toBe('greet 1.0\n');
      succeeded(await alice('image', 'rollback', 'thesis', '--yes'));
      const { engine } = sandbox();
      const before = await engine.inspectImage('ds01-alice/thesis:before');
      expect((await engine.inspectImage('ds01-alice/thesis:latest'))?.id).toBe(before?.id);
    });
  });

  describe('a build', () => {
    const busy = 'FROM ds01/busybox\nRUN echo it runs; sleep 300\n';
    const root = (): string => sandbox().host.environment['DS01_CGROUP_ROOT'] ?? '';
    const kernel = (controller: string, path: string): string =>
      readFileSync(join('/sys/fs/cgroup', controller, path), 'utf8').trim();

    test('stays within the limits of its owner', async () => {
      const before = await containers();
      const build = await start('alice', 'busy', busy);
      await build.printed('  it runs');
      const all = await sandbox().engine.listContainers();
      const details = await Promise.all(all.map(({ id }) => sandbox().engine.inspectContainer(id)));
      const step = details.find(({ command }) => command.join(' ').includes('sleep 300'));
      const parent = join(root(), 'student/alice/builds');
      expect(step).toMatchObject({ cgroupParent: parent });
      expect(readFileSync(`/proc/${step?.pid}/cgroup`, 'utf8')).toContain(
        `:memory:${parent}/${step?.id}`,
      );
      for (const folder of [parent, join(parent, step?.id ?? '')]) {
        expect(kernel('memory', `${folder}/memory.limit_in_bytes`)).toBe(String(300 * 2 ** 20));
        expect(kernel('cpu', `${folder}/cpu.cfs_quota_us`)).toBe('150000');
      }
      expect(kernel('pids', `${parent}/pids.max`)).toBe('90');
      expect((await alice('container', 'list', '--json')).stdout).not.toContain(step?.id);
      build.child.kill('SIGINT');
      expect(await build.done).toMatchObject({ code: 130 });
      await untilContainers(before);
      expect((await tools.tags()).join()).not.toContain('ds01-alice/busy');
    });

    test('is ended with a client that dies', async () => {
      const before = await containers();
      const build = await start('alice', 'busy', busy);
      await build.printed('  it runs');
      build.child.kill('SIGKILL');
      await untilContainers(before);
      expect((await alice('image', 'history', 'busy', '--json')).stdout).toContain('"cancelled"');
    });

    test('gets no more memory and processes than that', async () => {
      const greedy =
        'FROM ds01/busybox\nRUN (tail /dev/zero); echo memory $?; ' +
        "sh -c 'for i in $(seq 200); do sleep 2 & done'; echo processes $?\n";
      const build = await start('alice', 'greedy', greedy);
      const { stderr } = succeeded(await build.done);
      expect(stderr).toMatch(/^ {2}memory 137$/m);
      expect(stderr).toMatch(/can't fork/);
    });

    test('reaches nothing on the loopback of this host where the site does not say so', async () => {
      sandbox().configure(configWith(limits));
      const { url } = index;
      const refused = async (text: string, ...words: readonly string[]) => {
        await dockerfile('alice', 'far', text);
        const flags = ['--dockerfile', 'far/Dockerfile', '--yes', '--json', ...words];
        return failureOf(await alice('image', 'build', 'far', ...flags)).code;
      };
      try {
        const connect = `import socket; socket.create_connection(('127.0.0.1', 8765), 5)`;
        const build = await start(
          'alice',
          'far',
          `FROM ds01/python\nRUN python3 -c "${connect}"\n`,
        );
        expect(await build.done).toMatchObject({
          code: 4,
          stderr: expect.stringContaining('ConnectionRefusedError'),
        });
        expect([
          await refused(`FROM ds01/busybox\nADD ${url} /x\n`),
          await refused('FROM ds01/busybox\n', '--network', 'host'),
          await refused(`FROM ${registryAddress}/alice/x:1\n`),
          failureOf(await alice('image', 'pull', `${registryAddress}/alice/x:1`, '--json')).code,
        ]).toEqual(['build.refused', 'build.refused', 'registry.refused', 'registry.refused']);
      } finally {
        sandbox().configure(configWith(limits, openSite));
      }
    });
  });

  describe("another's image", () => {
    const names = async (): Promise<readonly string[]> => {
      const details = await sandbox().engine.inspectImage('ds01-alice/thesis:latest');
      const id = details?.id.replace('sha256:', '') ?? '';
      return ['thesis', 'ds01-alice/thesis', 'docker.io/ds01-alice/thesis:latest', id];
    };

    // Every route is tried by the server's matrix, every way to name it by unit tests.
    test('is not found by any command', async () => {
      const before = await tools.tags();
      const attempts = [
        ...['show', 'delete', 'lint', 'sbom'].map((verb) => [verb]),
        ['tag', 'mine'],
        ['push', `${registryAddress}/bob/x:1`],
      ];
      const all = await names();
      const codes: (readonly [string, number | null])[] = [];
      for (const [index, [verb = '', ...more]] of attempts.entries()) {
        const words = ['image', verb, all[index % all.length] ?? '', ...more, '--yes', '--json'];
        const { code, stdout } = await bob(...words);
        codes.push([words.join(' '), code]);
        expect(stdout).not.toContain('greet');
      }
      expect(codes.filter(([, code]) => code !== 3 && code !== 2)).toEqual([]);
      expect(await tools.tags()).toEqual(before);
    });

    test('is nothing to build on, copy from or deploy', async () => {
      const [, name = '', prefixed = '', id = ''] = await names();
      const texts = [
        ...[prefixed, id.slice(0, 12)].map((base) => `FROM ${base}\n`),
        `ARG BASE=${name}\nFROM $BASE\n`,
        `FROM ds01/busybox\nCOPY --from=${id} /etc/passwd /x\n`,
      ];
      const codes: string[] = [];
      for (const text of texts) {
        await dockerfile('bob', 'theft', text);
        const words = ['image', 'build', 'theft', '--dockerfile', 'theft/Dockerfile', '--json'];
        codes.push(failureOf(await bob(...words)).code);
      }
      for (const image of [name, id]) {
        const words = ['container', 'deploy', 'theft', '--image', image, '--cpu-only', '--json'];
        codes.push(failureOf(await bob(...words)).code);
      }
      expect(new Set(codes)).toEqual(new Set(['image.not-found']));
    });

    test('of the same name lives beside it, and its steps are not taken for mine', async () => {
      const text = 'FROM ds01/busybox\nRUN date > /made\n';
      const built = async (user: string) =>
        steps(succeeded(await (await start(user, 'same', text)).done).stderr).cached.length;
      expect([await built('alice'), await built('bob'), await built('bob')]).toEqual([0, 0, 1]);
      const ids = ['alice', 'bob'].map(async (user) =>
        sandbox().engine.inspectImage(`ds01-${user}/same:latest`),
      );
      const [hers, his] = await Promise.all(ids);
      expect(hers?.id).not.toBe(his?.id);
    });
  });

  test('an image travels through a registry, and its password is nowhere to be seen', async () => {
    const registry = await startImageRegistry(sandbox().host, {
      accounts: [{ username: 'alice', password: canary }],
      cacheDirectory: cacheDirectory(process.env),
      say: () => undefined,
    });
    const auth = Buffer.from(`alice:${canary}`).toString('base64');
    const login = JSON.stringify({ auths: { [registry.address]: { auth } } });
    const target = `${registry.address}/alice/travel:v1`;
    const watch = watchProcesses();
    const said: string[] = [];
    const ok = async (...words: readonly string[]): Promise<void> => {
      const { stdout, stderr } = succeeded(await alice(...words));
      said.push(stdout, stderr);
    };
    const build = await start('alice', 'travel', 'FROM ds01/busybox\nRUN echo kept > /kept\n');
    succeeded(await build.done);
    const denied = await as('alice', ['image', 'push', 'travel', target, '--json']);
    expect(failureOf(denied).code).toBe('registry.denied');
    await write('alice', '.docker/config.json', login);
    await ok('image', 'push', 'travel', target);
    await ok('image', 'delete', 'travel', '--yes');
    expect((await tools.tags()).join()).not.toContain('travel');
    await ok('image', 'pull', target, '--name', 'travel');
    const how = ['--image', 'travel:v1', '--cpu-only', '--background'];
    await ok('container', 'deploy', 'travel', ...how);
    expect(await inside('travel', 'cat /kept')).toBe('kept\n');
    await ok('image', 'show', 'travel:v1', '--json');
    const { docker, host, daemon } = sandbox();
    said.push(
      await docker('history', '--no-trunc', 'ds01-alice/travel:v1'),
      await docker('image', 'inspect', 'ds01-alice/travel:v1'),
      await docker('inspect', 'travel._.alice'),
      ...['ds01.db', 'ds01.db-wal'].map((file) =>
        readFileSync(join(host.paths.stateDirectory, file), 'latin1'),
      ),
      daemon?.log() ?? '',
      registry.log(),
      watch.stop(),
    );
    const everything = said.join('\n');
    for (const known of ['/kept', 'push\0travel']) expect(everything).toContain(known);
    expect(encodingsOf(canary).some((form) => login.includes(form))).toBe(true);
    expect(encodingsOf(canary).filter((form) => everything.includes(form))).toEqual([]);
  });
});
