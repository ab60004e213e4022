import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { imageReferenceSchema, type ContainerId, type SlotUuid } from '@ds01/contracts';
import { createDockerEngine, type DockerEngine } from '@ds01/docker-engine';
import { startDockerHost, type DockerHost } from '@ds01/docker-host';
import type { ContainerMount, ContainerSpec } from '@ds01/ports';
import { cacheDirectory } from '@ds01/setup';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { describeEngineContract } from '../src/engine.contract.ts';
import { refusableHook, simulatedDevices } from './gpu-parts.ts';
import { describeRegistry } from './registry-parts.ts';

const run = promisify(execFile);

const options = {
  name: `engine-${String(process.pid)}`,
  gpus: 'a100x4-mig',
  gate: 'none',
  dataInMemory: true,
  cacheDirectory: cacheDirectory(process.env),
  say: () => undefined,
} as const;

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting a Docker engine needs root\n');

let host: DockerHost;
let engine: DockerEngine;
let folder: string;
let image: string;
let deviceUuids: readonly SlotUuid[];
const requests: string[] = [];

const plainExec = {
  user: '',
  workingDirectory: null,
  env: [],
  tty: false,
  stdin: false,
} as const;

describe.skipIf(!canRun)('the adapter on a private engine', () => {
  beforeAll(async () => {
    host = await startDockerHost(options);
    image = await host.image('busybox');
    folder = await mkdtemp(join(tmpdir(), 'ds01-docker-engine-'));
    await refusableHook(host, folder);
    deviceUuids = await simulatedDevices(host);
    engine = createDockerEngine({
      dockerHost: host.environment['DOCKER_HOST'],
      onRequest: ({ method, path }) => requests.push(`${method} ${path}`),
    });
  });

  afterAll(async () => {
    engine.close();
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describeEngineContract('Docker', () =>
    Promise.resolve({
      engine,
      image,
      folder,
      cgroupParent: `${host.environment['DS01_CGROUP_ROOT'] ?? ''}/contract`,
      deviceUuids,
      setGate: (sentence) => writeFileSync(join(folder, 'refuse'), sentence ?? ''),
      async countRequests(work) {
        const before = requests.length;
        await work();
        return requests.length - before;
      },
      close: () => Promise.resolve(),
    }),
  );

  describeRegistry(() => ({ host, engine, base: image }));

  describe('a real engine', () => {
    const megabyte = 2 ** 20;
    const plainSpec = (): Omit<ContainerSpec, 'dockerName'> => ({
      image,
      command: ['sleep', '1000'],
      env: [],
      labels: {},
      user: '',
      groupIds: [],
      workingDirectory: '',
      hostname: '',
      tty: false,
      openStdin: false,
      deviceUuids: [],
      mounts: [],
      tmpfs: {},
      resources: {},
      logOptions: {},
      cgroupParent: null,
      capabilitiesDropped: [],
      securityOptions: [],
      init: true,
      network: { mode: 'none', aliases: [] },
      ports: [],
    });
    let id: ContainerId;
    beforeAll(async () => {
      id = await engine.createContainer({
        ...plainSpec(),
        dockerName: 'worker',
        deviceUuids,
        resources: { memoryBytes: 64 * megabyte, pidsLimit: 20 },
      });
      await engine.startContainer(id);
    });
    afterAll(async () => {
      await engine.removeContainer(id, { force: true });
    });

    test('says what it is', async () => {
      const info = await engine.info();
      expect(info).toMatchObject({
        dataRoot: host.paths.dataRoot,
        cgroupDriver: 'cgroupfs',
        defaultRuntime: 'runc',
        hasUserNamespaces: false,
      });
      expect(info.id).not.toBe('');
      expect(info.memoryBytes).toBeGreaterThan(0);
    });

    test('hands out exactly the devices that were asked for', async () => {
      const session = await engine.exec(id, { ...plainExec, command: ['nvidia-smi', '-L'] });
      session.stderr.resume();
      const output = Buffer.concat(await session.stdout.toArray()).toString();
      expect(await session.exited).toBe(0);
      for (const uuid of deviceUuids) expect(output).toContain(uuid);
      expect(output.match(/UUID: MIG/g)).toHaveLength(1);
    });

    /** A container of an image in which `script` ran. */
    const prepared = async (script: string, mounts: readonly ContainerMount[] = []) => {
      const base = await engine.createContainer({ ...plainSpec(), dockerName: 'base' });
      await engine.startContainer(base);
      const session = await engine.exec(base, { ...plainExec, command: ['sh', '-c', script] });
      for (const output of [session.stdout, session.stderr]) output.resume();
      expect(await session.exited).toBe(0);
      const target = { repository: 'engine/prepared', tag: '1', pause: false };
      await engine.commitContainer(base, target);
      await engine.removeContainer(base, { force: true });
      return engine.createContainer({
        ...plainSpec(),
        dockerName: 'prepared',
        image: 'engine/prepared:1',
        mounts,
      });
    };
    afterEach(async () => {
      for (const name of ['base', 'prepared']) {
        const found = await engine.inspectContainer(name).catch(() => null);
        if (found !== null) await engine.removeContainer(found.id, { force: true });
      }
    });

    test('links are followed inside the container only', async () => {
      await writeFile(join(folder, 'secret'), 'of the host');
      const container = await prepared(
        `mkdir -p '${folder}' && echo inside > '${folder}/secret' && ln -s '${folder}/secret' /out &&` +
          ` ln -s ../../../../../../etc/hostname /up && ln -s /loop /loop && ln -s /out /twice && ln -s /etc /folder`,
      );
      const read = async (path: string) => {
        const bytes = await engine.readContainerFile(container, path, { maxBytes: 1000 });
        return bytes === null ? null : Buffer.from(bytes).toString();
      };
      expect([await read('/out'), await read('/twice')]).toEqual(['inside\n', 'inside\n']);
      expect([await read('/folder'), await read('/loop'), await read('/loop/x')]).toEqual([
        null,
        null,
        null,
      ]);
      expect(await read('/folder/passwd')).toMatch(/^root:/);
      expect(await read('/up')).not.toBe(await readFile('/etc/hostname', 'utf8'));
      await expect(engine.statContainerPath(container, '/loop')).resolves.toEqual({ kind: 'link' });
    });

    test('a folder belongs to whom it was made for, whatever its name and ids', async () => {
      const container = await prepared('true');
      const long = `/${'long-'.repeat(30)}name`;
      await engine.makeContainerFolder(container, '/plain', { uid: 1000, gid: 1001, mode: 0o700 });
      const owner = { uid: 1_722_830_498, gid: 3_000_000_000, mode: 0o750 };
      await engine.makeContainerFolder(container, long, owner);
      await engine.startContainer(container);
      const command = ['stat', '-c', '%u:%g %a %F', '/plain', long];
      const session = await engine.exec(container, { ...plainExec, command });
      session.stderr.resume();
      const output = Buffer.concat(await session.stdout.toArray()).toString();
      expect(output).toBe('1000:1001 700 directory\n1722830498:3000000000 750 directory\n');
    });

    test('no folder is made through a link into a folder of the host', async () => {
      const mounts = [{ source: folder, target: '/workspace', readOnly: false }];
      const container = await prepared('mkdir /workspace && ln -s /workspace /home', mounts);
      const owner = { uid: 0, gid: 0, mode: 0o755 };
      for (const path of ['/home/alice', '/home/sub/alice', '/workspace/../workspace/alice']) {
        await expect(engine.makeContainerFolder(container, path, owner)).rejects.toMatchObject({
          code: 'engine.conflict',
        });
      }
      expect(await readdir(folder)).not.toContain('alice');
    });

    test('300 MB through an exec in both directions stay out of memory', async () => {
      const total = 300 * megabyte;
      const session = await engine.exec(id, { ...plainExec, command: ['cat'], stdin: true });
      session.stderr.resume();
      const before = process.memoryUsage().rss;
      let peak = before;
      let received = 0;
      const reading = (async () => {
        for await (const chunk of session.stdout) {
          received += Buffer.from(chunk).length;
          peak = Math.max(peak, process.memoryUsage().rss);
        }
      })();
      const piece = Buffer.alloc(megabyte, 'x');
      for (let sent = 0; sent < total; sent += piece.length) {
        await new Promise<void>((resolve, reject) => {
          session.stdin?.write(piece, (error) => (error ? reject(error) : resolve()));
        });
      }
      session.stdin?.end();
      await reading;
      expect([received, await session.exited]).toEqual([total, 0]);
      // Buffers that are done with but not collected yet: far less than the 600 MB that passed.
      expect(peak - before).toBeLessThan(200 * megabyte);
    });

    test('output that nobody reads holds the process back instead of filling memory', async () => {
      const session = await engine.exec(id, {
        ...plainExec,
        command: ['sh', '-c', 'yes | head -c 300000000'],
      });
      const before = process.memoryUsage().rss;
      await engine.stats(id);
      expect(process.memoryUsage().rss - before).toBeLessThan(50 * megabyte);
      session.close();
      expect(await session.exited).toBeNull();
    });

    test('a reading shows memory, processes and the limit', async () => {
      const reading = await engine.stats(id);
      expect(reading.memoryBytes).toBeGreaterThan(0);
      expect(reading.pids).toBeGreaterThanOrEqual(1);
      expect(reading.memoryLimitBytes).toBe(64 * megabyte);
    });

    test('an image that no registry has is not pulled', async () => {
      const reference = imageReferenceSchema.parse('127.0.0.1:1/missing:1');
      await expect(engine.pullImage(reference, {})).rejects.toMatchObject({
        code: 'image.pull-failed',
      });
    });

    test('a program that used the engine ends by itself', async () => {
      const program = `
      import { createDockerEngine } from '@ds01/docker-engine';
      const engine = createDockerEngine({ socketPath: process.argv[1] });
      const session = await engine.exec('worker', ${JSON.stringify({ ...plainExec, command: ['true'] })});
      session.stdout.resume();
      session.stderr.resume();
      console.log(await session.exited, (await engine.listContainers()).length);`;
      const { stdout } = await run(
        process.execPath,
        ['--conditions=@ds01/source', '--input-type=module', '-e', program, host.paths.socket],
        { cwd: new URL('.', import.meta.url), timeout: 20_000 },
      );
      expect(stdout.trim()).toMatch(/^0 [1-9]/);
    });

    test('an engine that dies ends events, logs and execs as unreachable, and serves again later', async () => {
      const unreachable = { code: 'engine.unreachable' };
      const session = await engine.exec(id, { ...plainExec, command: ['sleep', '1000'] });
      const events = engine.events({ sinceMs: 0 })[Symbol.asyncIterator]();
      await events.next();
      const drained = (async () => {
        for (;;) await events.next();
      })();
      const broken = Promise.allSettled([drained, session.exited]);
      await host.killDaemon();
      expect(await broken).toMatchObject([{ reason: unreachable }, { reason: unreachable }]);
      await expect(engine.listContainers()).rejects.toMatchObject(unreachable);
      await host.startDaemon();
      expect((await engine.listContainers()).map((row) => row.id)).toContain(id);
    });
  });
});
