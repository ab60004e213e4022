import { containersOutputSchema, gpuStatusOutputSchema } from '@ds01/contracts';
import { configWith, person } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { requestOf, sendAs } from './harness/callers.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';
import { codeOf, deployInput, wallsOf } from './harness/walls.ts';

const accounts = [person('alice', 42_001), person('bob', 42_002)];

describe.skipIf(!canRun)('what is said of an image or a container', () => {
  // In this mode the gate lets containers past DS01 start on free GPUs, as on a site that migrates.
  const config = configWith({}, 'gate: { mode: observe }\n');
  const sandbox = useDaemon({ name: 'walls-labels', gpus: 'a100x4-mig', accounts, config });
  const { build, deploy, ds01, engineView, made, raw } = wallsOf(sandbox);
  const withGpu = { gpu: { kind: 'any' } };

  beforeAll(() => made('alice', { name: 'thesis', ...withGpu }));

  describe('another’s image', () => {
    let imageId = '';

    beforeAll(async () => {
      await build('ds01-bob/model', ['FROM ds01/busybox', 'RUN echo private > /model']);
      await build('ds01-bob/old', ['FROM ds01/busybox', 'RUN echo private old > /model']);
      imageId = await raw('inspect', '-f', '{{.Id}}', 'ds01-bob/model');
    });

    test('is reached by no name, id or part of one', async () => {
      const hex = imageId.replace('sha256:', '');
      for (const name of [imageId, hex.slice(0, 12), `sha256:${hex.slice(0, 6)}`]) {
        expect(await raw('run', '--rm', '--network=none', name, 'cat', '/model')).toBe('private');
      }
      const names = [
        'ds01-bob/model',
        'ds01-bob/model:latest',
        'docker.io/ds01-bob/model',
        imageId,
        hex,
        hex.slice(0, 12),
        `sha256:${hex.slice(0, 6)}`,
        `ds01-bob/model@${imageId}`,
        '../ds01-bob/model',
        'DS01-BOB/model',
        'docker.io/ds01-bob/unknown',
        'index.docker.io/ds01-bob/unknown',
      ];
      const start = false;
      const requests = names.map((image) =>
        requestOf('containers.deploy', deployInput({ name: 'other', image, start })),
      );
      const answers = await sendAs(sandbox(), 'alice', requests);
      answers.forEach((answer, at) =>
        expect([names[at], codeOf(answer)]).toEqual([
          names[at],
          expect.stringMatching(/^image\.(?:not-found|invalid)$/),
        ]),
      );
      const [own] = await sendAs(sandbox(), 'bob', [
        requestOf('containers.deploy', deployInput({ name: 'other', image: 'model', start })),
      ]);
      expect(codeOf(own)).toBe('ok');
    });

    test('that lost its name to a newer one is reached by no part of its id', async () => {
      const oldId = await raw('inspect', '-f', '{{.Id}}', 'ds01-bob/old');
      await build('ds01-bob/old', ['FROM ds01/busybox', 'RUN echo private new > /model']);
      for (const image of [oldId, oldId.slice(0, 14), oldId.slice(7), oldId.slice(7, 19)]) {
        expect(await raw('run', '--rm', '--network=none', image, 'cat', '/model')).toBe(
          'private old',
        );
        expect([image, await deploy('alice', { name: 'other', image, start: false })]).toEqual([
          image,
          'image.not-found',
        ]);
      }
    });
  });

  describe('label', () => {
    const listOf = async (user: string | undefined, ...words: readonly string[]) => {
      const listed = await sandbox().ds01(
        ['container', 'list', '--json', ...words],
        user === undefined ? {} : { user },
      );
      return listed.json(containersOutputSchema).containers;
    };

    test('hole: of an image is believed neither for owner nor exemption nor lease', async () => {
      const labels = ['user=alice', 'uid=42001', 'protected=true', 'monitoring=true', 'lease=x'];
      const more = ['managed=true', 'name=thesis', 'sig=00', 'gpu.uuids=all', 'anything=1'];
      const lines = [...labels, ...more].map((label) => `LABEL ds01.${label}`);
      await build('walls/labels', ['FROM ds01/busybox', ...lines]);
      expect(
        await raw('create', '--name', 'spoofed', '--network=none', 'walls/labels', 'true'),
      ).toMatch(/^[0-9a-f]{64}$/);
      expect((await engineView('spoofed')).labels['ds01.user']).toBe('alice');
      await raw('rm', '-f', 'spoofed');
      expect(await deploy('bob', { name: 'labelled', image: 'walls/labels' })).toBe('ok');
      const { labels: given } = await engineView('labelled._.bob');
      expect(given).toMatchObject({ 'ds01.user': 'bob', 'ds01.uid': '42002', 'ds01.lease': '' });
      expect(given['ds01.protected']).not.toBe('true');
      expect(given['ds01.monitoring']).not.toBe('true');
      const mine = await listOf('bob', '--all');
      expect(mine.find(({ name }) => name === 'labelled')).toMatchObject({ user: 'bob' });
      expect((await listOf('alice', '--all')).map(({ name }) => name)).toEqual(['thesis']);
      await ds01('bob', 'container', 'retire', 'labelled', '--yes');
    });

    test('with a signature is not believed on a copy that docker commit made', async () => {
      await raw('commit', 'thesis._.alice', 'walls/copied');
      const words = [
        'run',
        '-d',
        '--name',
        'copied',
        '--network=none',
        'walls/copied',
        'sleep',
        '600',
      ];
      await raw(...words);
      const { labels } = await engineView('copied');
      expect(labels['ds01.sig']).toBe((await engineView('thesis._.alice')).labels['ds01.sig']);
      expect((await listOf('alice', '--all')).map(({ name }) => name)).toEqual(['thesis']);
      const all = await listOf(undefined, '--all', '--all-users');
      expect(all.find(({ dockerName }) => dockerName === 'copied')).toMatchObject({ user: null });
      await raw('rm', '-f', 'copied');
      expect(await deploy('bob', { name: 'copy', image: 'walls/copied' })).toBe('ok');
      expect((await engineView('copy._.bob')).labels).toMatchObject({ 'ds01.user': 'bob' });
      expect((await listOf('alice', '--all')).map(({ name }) => name)).toEqual(['thesis']);
      await ds01('bob', 'container', 'retire', 'copy', '--yes');
    });

    test('with a signature is not believed on a copy without a GPU either', async () => {
      expect(await deploy('alice', { name: 'small' })).toBe('ok');
      await raw('commit', 'small._.alice', 'walls/small');
      const words = [
        'run',
        '-d',
        '--name',
        'copied',
        '--network=none',
        'walls/small',
        'sleep',
        '600',
      ];
      await raw(...words);
      const all = await listOf(undefined, '--all', '--all-users');
      expect(all.find(({ dockerName }) => dockerName === 'copied')).toMatchObject({ user: null });
      const names = (await listOf('alice', '--all')).map(({ dockerName }) => dockerName);
      expect(names.toSorted()).toEqual(['small._.alice', 'thesis._.alice']);
      await raw('rm', '-f', 'copied');
      await ds01('alice', 'container', 'retire', 'small', '--yes');
    });

    test('of a container past DS01 makes nobody its owner; its GPU is counted and never given out', async () => {
      const status = async () =>
        (await sandbox().ds01(['gpu', 'status', '--json'])).json(gpuStatusOutputSchema);
      const uuid = await freeUuid();
      const labels = ['user=bob', 'uid=42002', 'managed=true', 'name=foreign', 'protected=true'];
      const words = labels.flatMap((label) => ['--label', `ds01.${label}`]);
      const devices = ['--gpus', `device=${uuid}`];
      const make = ['run', '-d', '--name', 'foreign', '--network=none', ...words, ...devices];
      expect(await raw(...make, 'ds01/busybox', 'sleep', '600')).toMatch(/^[0-9a-f]{64}$/);

      const all = await listOf(undefined, '--all', '--all-users');
      expect(all.find(({ dockerName }) => dockerName === 'foreign')).toMatchObject({
        user: null,
        interface: 'docker',
      });
      for (const user of ['alice', 'bob']) {
        const shown = (await listOf(user, '--all')).map(({ dockerName }) => dockerName);
        expect(shown).not.toContain('foreign');
        expect(await ds01(user, 'container', 'stop', 'foreign')).toMatch(/^3 /);
      }
      expect(JSON.stringify(await status())).toContain(uuid);
      for (let count = 0; count < 12; count += 1) {
        const code = await deploy('bob', { name: `all-${String(count)}`, ...withGpu });
        if (code === 'gpu.none-free') break;
        expect(code).toBe('ok');
      }
      const held = sandbox()
        .leases()
        .filter(({ slots }) => slots.some((it) => it.uuid === uuid));
      expect(held).toMatchObject([{ user: null, state: 'external' }]);
      await raw('rm', '-f', 'foreign');
    });

    /** A slot that nobody has. */
    async function freeUuid(): Promise<string> {
      const shown = await sandbox().ds01(['gpu', 'status', '--json']);
      const taken = sandbox()
        .leases()
        .flatMap(({ slots }) => slots.map(({ uuid }) => uuid));
      const uuids = shown.stdout.match(/(?:GPU|MIG)-[0-9a-f-]{36}/g) ?? [];
      const mig = uuids.filter((uuid) => uuid.startsWith('MIG-') && !taken.includes(uuid));
      return mig[0] ?? '';
    }
  });
});
