import { beforeEach, describe, expect, test } from 'vitest';
import type { BuildSpec } from '@ds01/ports';
import { beginBuilding, built, type BuildOptions } from '../../testing/builds.ts';
import { createWorld, type World, type WorldOptions } from '../../testing/world.ts';

const secretFile = { '/secret': 'of Bob' };

const images = [
  {
    tags: ['debian:12'],
    digests: [`debian@sha256:${'1'.repeat(64)}`],
    files: { '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' },
  },
  { tags: ['ds01-bob/secret'], files: secretFile },
  { tags: ['ds01-alice/tools:1'], files: { '/tool': 'mine' } },
  { tags: [], files: secretFile },
  { tags: ['lab/onbuild:1'], onBuild: ['COPY . /app', 'RUN echo hello'] },
  { tags: ['lab/thief:1'], onBuild: ['COPY --from=ds01-bob/secret /secret /secret'] },
  { tags: ['lab/fetcher:1'], onBuild: ['ADD http://127.0.0.1/x /x'] },
  { tags: ['lab/opaque:1'], onBuild: ['ADD $WHERE /x'] },
];

let world: World;
let secretId = '';
let namelessId = '';

async function open(more: WorldOptions = {}): Promise<World> {
  const opened = createWorld({ images, ...more });
  const all = await opened.engine.listImages();
  secretId = all.find(({ tags }) => tags.includes('ds01-bob/secret:latest'))?.id ?? '';
  namelessId = all.find(({ tags }) => tags.length === 0)?.id ?? '';
  return opened;
}

beforeEach(async () => {
  world = await open();
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

async function expectNothingBuilt(): Promise<void> {
  const all = await world.engine.listImages();
  const own = all.flatMap(({ tags }) => tags).filter((tag) => tag.startsWith('ds01-alice/'));
  expect(own).toEqual(['ds01-alice/tools:1']);
  expect(world.engine.calls.get('buildImage') ?? 0).toBe(0);
}

describe('another person’s image is not there', () => {
  const ways: readonly (readonly [string, () => string])[] = [
    ['by FROM', () => 'FROM ds01-bob/secret\n'],
    ['by FROM with a tag', () => 'FROM ds01-bob/secret:latest\n'],
    ['by the default registry', () => 'FROM docker.io/ds01-bob/secret\n'],
    ['by the index of it', () => 'FROM index.docker.io/ds01-bob/secret\n'],
    ['by its id', () => `FROM ${secretId}\n`],
    ['by its bare id', () => `FROM ${secretId.slice(7)}\n`],
    ['by the beginning of it', () => `FROM ${secretId.slice(7, 19)}\n`],
    ['by the id of what lost its name', () => `FROM ${namelessId}\n`],
    ['by COPY --from', () => 'FROM debian:12\nCOPY --from=ds01-bob/secret /secret /s\n'],
    ['by COPY --from an id', () => `FROM debian:12\nCOPY --from=${secretId} /secret /s\n`],
    ['by an argument', () => 'ARG WHOSE=ds01-bob\nFROM ${WHOSE}/secret\n'],
    ['by a default of an argument', () => 'ARG IMAGE\nFROM ${IMAGE:-ds01-bob/secret}\n'],
    [
      'in an early stage',
      () => 'FROM ds01-bob/secret AS a\nFROM debian:12\nCOPY --from=a /secret /s\n',
    ],
    [
      'by the name of a later stage',
      () => 'FROM debian:12\nCOPY --from=ds01-bob/secret /secret /s\nFROM debian:12 AS bob\n',
    ],
    ['in lower case', () => 'from ds01-bob/secret\n'],
    ['over two lines', () => 'FROM \\\n  ds01-bob/secret\n'],
    ['by another escape', () => '# escape=`\nFROM `\n  ds01-bob/secret\n'],
  ];

  test.each(ways)('%s', async (_how, dockerfile) => {
    await expect(build(dockerfile())).rejects.toMatchObject({ code: 'image.not-found' });
    await expectNothingBuilt();
  });

  test('by an argument of the build', async () => {
    for (const value of ['ds01-bob/secret', secretId]) {
      const wanted = build('ARG IMAGE=debian:12\nFROM $IMAGE\n', { buildArgs: { IMAGE: value } });
      await expect(wanted).rejects.toMatchObject({ code: 'image.not-found' });
    }
    await expectNothingBuilt();
  });

  test('and what one has under the same words is one’s own', async () => {
    await build('FROM tools:1\n', { name: 'mine' });
    await build(
      'FROM debian:12 AS secret\nRUN echo x > /x\nFROM debian:12\nCOPY --from=secret /x /x\n',
    );
    expect((await world.engine.inspectImage('ds01-alice/mine'))?.tags).toContain(
      'ds01-alice/mine:latest',
    );
  });
});

describe('what comes with a base', () => {
  test.each(['lab/thief:1', 'lab/fetcher:1', 'lab/opaque:1'])(
    '%s takes something that nobody could judge',
    async (base) => {
      await expect(build(`FROM ${base}\n`)).rejects.toMatchObject({ code: 'build.refused' });
      await expectNothingBuilt();
    },
  );

  test('plain triggers run, and nothing comes from the cache then', async () => {
    const specs = watchEngine();
    const events = await build('FROM lab/onbuild:1\n', { files: { a: 'A' } });
    expect(specs.map(({ noCache }) => noCache)).toEqual([true]);
    expect(events).toContainEqual({ event: 'note', text: expect.stringContaining('ONBUILD') });
  });
});

describe('what the server itself would fetch', () => {
  test.each([
    'ADD https://example.org/x /x',
    'ADD http://127.0.0.1:8080/admin /x',
    'ADD git@example.org:x.git /x',
    'ARG U=http://169.254.169.254/\nADD $U /x',
  ])('%s is refused', async (line) => {
    const wanted = build(`FROM debian:12\n${line}\n`);
    await expect(wanted).rejects.toMatchObject({ code: 'build.refused' });
    await expectNothingBuilt();
  });

  test.each([
    'localhost/x',
    'localhost:5000/x',
    '127.0.0.1:5000/x',
    '127.1:5000/x',
    '0x7f000001:5000/x',
    '2130706433:5000/x',
    '0.0.0.0:5000/x',
    '169.254.169.254/x',
    'foo.localhost:5000/x',
  ])('the registry %s is refused', async (reference) => {
    await expect(build(`FROM ${reference}\n`)).rejects.toMatchObject({ code: 'registry.refused' });
    expect(world.engine.calls.get('pullImage') ?? 0).toBe(0);
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1', '0.0.0.0'])(
    'a registry whose name leads to %s is refused',
    async (address) => {
      world = await open({ hostNames: { 'localtest.example': ['192.0.2.1', address] } });
      const wanted = build('FROM localtest.example:5000/x\n');
      await expect(wanted).rejects.toMatchObject({ code: 'registry.refused' });
      expect(world.engine.calls.get('pullImage') ?? 0).toBe(0);
    },
  );

  test('an address of IPv6 is no name of an image', async () => {
    await expect(build('FROM [::1]:5000/x\n')).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:image|dockerfile)\.invalid$/),
    });
    expect(world.engine.calls.get('pullImage') ?? 0).toBe(0);
  });

  test('a site may list a registry of its own, and others are refused then', async () => {
    const settings = 'images: { registries: ["localhost:5000"] }\n';
    world = await open({ settings, registry: [{ tags: ['localhost:5000/base:1'] }] });
    await build('FROM localhost:5000/base:1\n');
    await expect(build('FROM quay.io/other:1\n')).rejects.toMatchObject({
      code: 'registry.refused',
    });
  });

  test('names of this server are never asked of a registry', async () => {
    const wanted = build('FROM ds01-alice/gone\n');
    await expect(wanted).rejects.toMatchObject({ code: 'image.not-found' });
    expect(world.engine.calls.get('pullImage') ?? 0).toBe(0);
  });

  test('the network of the host is for sites that allow it', async () => {
    const wanted = () => beginBuilding(world.deps(), 'FROM debian:12\n', { hostNetwork: true });
    await expect(wanted()).rejects.toMatchObject({ code: 'build.refused' });
    world = await open({ settings: 'builds: { allow_host_network: true }\n' });
    const specs = watchEngine();
    await build('FROM debian:12\n', { hostNetwork: true });
    expect(specs.map(({ networkMode }) => networkMode)).toEqual(['host']);
  });
});
