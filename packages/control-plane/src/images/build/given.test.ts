import type { BuildSpec } from '@ds01/ports';
import { beforeEach, describe, expect, test } from 'vitest';
import { built, type BuildOptions } from '../../testing/builds.ts';
import { alice, bob } from '../../testing/people.ts';
import { createWorld, type World, type WorldOptions } from '../../testing/world.ts';

const images = [{ tags: ['debian:12'], files: { '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' } }];

let world: World;

const open = (more: WorldOptions = {}): World => createWorld({ images, ...more });

beforeEach(() => {
  world = open();
});

const build = (dockerfile: string, options: BuildOptions = {}) =>
  built(world.deps(), dockerfile, options);

/** Every Dockerfile text and every spec that the engine was given. */
function watchEngine(): BuildSpec[] {
  const specs: BuildSpec[] = [];
  world.engine.setCallHook(({ name, args, phase }) => {
    if (name === 'buildImage' && phase === 'before') specs.push(args[0] as BuildSpec);
  });
  return specs;
}

describe('what the engine is given', () => {
  test('is under the person’s limits, in their cgroup for builds, on their network', async () => {
    const specs = watchEngine();
    await build('FROM debian:12\nRUN echo x\n');
    expect(specs).toMatchObject([
      {
        cgroupParent: '/ds01/student/alice/builds',
        memoryBytes: 2 ** 30,
        memorySwapBytes: 2 ** 30,
        cpus: 1,
        networkMode: 'ds01-alice',
        target: null,
      },
    ]);
    expect(world.cgroups.folders.get('/ds01/student/alice/builds')).toMatchObject({
      cpus: 1,
      memoryMaxBytes: 2 ** 30,
    });
    const networks = await world.engine.listNetworks();
    expect(networks.map(({ name }) => name)).toContain('ds01-alice');
  });

  test('a context can’t put another Dockerfile in the place of the one that was judged', async () => {
    const evil = 'FROM ds01-bob/secret\n';
    const files = { Dockerfile: evil, '.dockerignore': '.ds01*\n', a: 'A' };
    await build('FROM debian:12\nCOPY . /all\n', { files });
    const made = await world.engine.inspectImage('ds01-alice/thesis');
    expect(made?.labels).toEqual({ 'ds01.build.owner': String(alice.owner.uid) });
    const guess = watchEngine();
    await build('FROM debian:12\n', { files });
    expect(guess[0]?.dockerfile).toMatch(/^\.ds01-[0-9a-f]{32}\.dockerfile$/);
  });

  test('one person’s steps are no cache of another’s, and each has their own', async () => {
    const poison = 'FROM debian:12\nRUN echo $http_proxy > /x\n';
    const attack = { caller: bob, buildArgs: { http_proxy: 'evil' } };
    await build(poison, attack);
    const cached = async (options: BuildOptions) =>
      (await build(poison, options)).filter(({ event }) => event === 'cached').length;
    expect(await cached({})).toBe(0);
    expect(await cached({})).toBe(1);
    expect(await cached(attack)).toBe(1);
  });

  test('every stage has the line that keeps people’s caches apart', async () => {
    await build(
      'FROM debian:12 AS one\nFROM debian:12 AS two\nFROM one\nCOPY --from=two /etc /e\n',
    );
    const made = await world.engine.imageHistory('ds01-alice/thesis');
    const marks = made.filter(({ createdBy }) => createdBy.includes('ds01.build.owner'));
    expect(marks.length).toBeGreaterThanOrEqual(2);
  });
});

describe('names of what is built', () => {
  test('lie in the person’s own name space', async () => {
    await build('FROM debian:12\nRUN echo y\n', { tag: 'exp' });
    const all = (await world.engine.listImages()).flatMap(({ tags }) => tags);
    expect(all.filter((tag) => tag !== 'debian:12' && tag !== 'ds01/busybox:latest')).toEqual([
      expect.stringMatching(/^ds01-alice\/thesis:b\d{8}-1$/),
      'ds01-alice/thesis:latest',
      'ds01-alice/thesis:exp',
    ]);
  });

  test.each(['../bob/x', 'ds01-bob/secret', 'a:b', 'a@b', ''])('%j is no name', async (name) => {
    await expect((async () => build('FROM debian:12\n', { name }))()).rejects.toMatchObject({
      message: expect.any(String),
    });
    expect(world.engine.calls.get('buildImage') ?? 0).toBe(0);
  });

  test.each(['b20261122-1', 'kept-1'])('%s is a tag that only DS01 gives', async (tag) => {
    await expect(build('FROM debian:12\n', { tag })).rejects.toMatchObject({
      code: 'image.invalid',
    });
  });

  test('a tag that is there stays where it is', async () => {
    await build('FROM debian:12\nRUN echo 1\n', { tag: 'exp' });
    const first = await world.engine.inspectImage('ds01-alice/thesis:exp');
    await expect(build('FROM debian:12\nRUN echo 2\n', { tag: 'exp' })).rejects.toMatchObject({
      code: 'image.exists',
    });
    expect((await world.engine.inspectImage('ds01-alice/thesis:exp'))?.id).toBe(first?.id);
  });
});

const codeOf = (error: unknown): unknown => Reflect.get(Object(error), 'code');

describe('a base behind a password', () => {
  const auth = { username: 'alice', password: 'canary' };
  const reference = 'registry.example:5000/team/private:1';

  beforeEach(async () => {
    world = open({
      registry: [{ tags: [reference], files: { '/private': 'x' } }],
      registryAccounts: { 'registry.example:5000': auth },
    });
  });

  test('is nobody else’s, before, during and after', async () => {
    const seen: (readonly string[])[] = [];
    world.engine.setCallHook(async ({ name, phase }) => {
      if (name !== 'buildImage' || phase !== 'before') return;
      world.engine.setCallHook(null);
      const wanted = build(`FROM ${reference}\n`, { caller: bob });
      await expect(wanted).rejects.toMatchObject({ code: 'image.not-found' });
      seen.push((await world.engine.listImages()).flatMap(({ tags }) => tags));
    });
    await build(`FROM ${reference}\n`, { auth: { 'registry.example:5000': auth } });
    expect(seen[0]).toContain(reference);
    expect(await world.engine.inspectImage(reference)).toBeNull();
    expect(await world.engine.inspectImage('ds01-alice/thesis')).not.toBeNull();
  });

  test.each([
    [`docker.io/team/private@sha256:${'a'.repeat(64)}`, `team/private@sha256:${'a'.repeat(64)}`],
    [
      `registry.example:5000/team/private@sha256:${'a'.repeat(64)}`,
      `registry.example:5000/team/private:1@sha256:${'a'.repeat(64)}`,
    ],
    ['docker.io/team/private:1', 'team/private:1'],
  ])('nor is it as %s', async (wanted, named) => {
    const shown = wanted.replace('docker.io/', '');
    const isDigest = shown.includes('@');
    const registry = shown.startsWith('team') ? 'docker.io' : 'registry.example:5000';
    world = open({
      registry: [{ tags: isDigest ? [] : [shown], ...(isDigest ? { digests: [shown] } : {}) }],
      registryAccounts: { [registry]: auth },
    });
    const failures: unknown[] = [];
    const steal = async (): Promise<void> => {
      for (const name of [wanted, named, shown]) {
        failures.push(await build(`FROM ${name}\n`, { caller: bob }).catch(codeOf));
      }
    };
    world.engine.setCallHook(async ({ name, phase }) => {
      if (name !== 'buildImage' || phase !== 'before') return;
      world.engine.setCallHook(null);
      await steal();
    });
    await build(`FROM ${wanted}\nRUN true\n`, { auth: { [registry]: auth } });
    await steal();
    expect(failures).toEqual(Array.from({ length: 6 }, () => 'image.not-found'));
  });

  test('needs the password, which is in nothing that is kept or told', async () => {
    await expect(build(`FROM ${reference}\n`)).rejects.toMatchObject({ code: 'image.not-found' });
    const events = await build(`FROM ${reference}\n`, { auth: { 'registry.example:5000': auth } });
    const kept = world.store.transaction(({ builds, meta }) => [
      builds.list({ uid: null, name: null }).map((one) => [one, builds.text(one)]),
      meta.list(''),
    ]);
    expect(JSON.stringify([events, kept, world.logged])).not.toContain('canary');
  });
});
