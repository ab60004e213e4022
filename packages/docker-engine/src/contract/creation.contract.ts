import type { ContainerSpec } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { type ContractFixture, codeOf } from './fixture.ts';

const fullSpec: Partial<ContainerSpec> = {
  env: ['PLAIN=1', 'QUOTED=a "b" $c', 'EMPTY='],
  labels: { 'ds01.managed': 'true', 'ds01.empty': '' },
  user: '1000:1000',
  groupIds: [44, 1001],
  workingDirectory: '/workspace',
  hostname: 'thesis',
  tty: true,
  openStdin: true,
  tmpfs: { '/scratch': 'size=1m,mode=1777' },
  resources: {
    nanoCpus: 500_000_000,
    memoryBytes: 64 * 2 ** 20,
    memorySwapBytes: 64 * 2 ** 20,
    shmSizeBytes: 16 * 2 ** 20,
    pidsLimit: 50,
    ulimits: [{ name: 'nofile', soft: 256, hard: 512 }],
    readBytesPerSecond: [{ path: '/dev/zero', bytesPerSecond: 1_000_000 }],
    writeBytesPerSecond: [{ path: '/dev/zero', bytesPerSecond: 2_000_000 }],
  },
  logOptions: { 'max-file': '2', 'max-size': '1m' },
  cgroupParent: '/ds01-contract',
  capabilitiesDropped: ['ALL'],
  securityOptions: ['no-new-privileges'],
};

/** What create, inspect and images must do. */
export function describeCreation(fixture: ContractFixture): void {
  describe('creating and inspecting', () => {
    const { create, start, spec } = fixture;

    test('inspecting gives back every field that was asked for', async () => {
      const full = spec({
        ...fullSpec,
        deviceUuids: fixture.subject.deviceUuids,
        mounts: [
          { source: fixture.subject.folder, target: '/workspace', readOnly: false },
          { source: fixture.subject.folder, target: '/read-only', readOnly: true },
        ],
      });
      const details = await fixture.engine.inspectContainer(await create(full));
      const { deviceUuids, command, cgroupParent, mounts, env, network, ...same } = full;
      expect(details).toMatchObject({ ...same, state: 'created', pid: null, exitCode: null });
      expect(details.deviceRequests).toEqual([
        { driver: 'nvidia', count: 0, deviceIds: deviceUuids, capabilities: [['gpu']] },
      ]);
      expect(details.networkMode).toBe(network.mode);
      expect(details.command).toEqual(command);
      expect(details.cgroupParent).toBe(cgroupParent);
      expect(new Set(details.mounts)).toEqual(new Set(mounts));
      expect(details.env).toEqual(expect.arrayContaining([...env]));
    });

    test('a container without GPUs asks for no device', async () => {
      const details = await fixture.engine.inspectContainer(await create());
      expect([details.deviceRequests, details.devicePaths]).toEqual([[], []]);
    });

    test("a label at create hides the image's", async () => {
      const base = await create({ labels: { 'org.example.a': 'image', 'org.example.b': 'image' } });
      await fixture.engine.commitContainer(base, {
        repository: 'contract/labels',
        tag: '1',
        pause: true,
      });
      const id = await create({
        dockerName: 'contract-labels',
        image: 'contract/labels:1',
        labels: { 'org.example.a': '' },
      });
      const { labels } = await fixture.engine.inspectContainer(id);
      expect(labels).toEqual({ 'org.example.a': '', 'org.example.b': 'image' });
      await fixture.engine.removeContainer(id, { force: false });
      await fixture.engine.removeImage('contract/labels:1');
    });

    test('a taken name, a missing image and a missing bind source refuse the creation', async () => {
      await create();
      expect(await codeOf(create())).toBe('container.exists');
      expect(await codeOf(create({ image: 'contract/missing' }))).toBe('image.not-found');
      const mounts = [{ source: '/nowhere/at/all', target: '/x', readOnly: true }];
      expect(await codeOf(create({ dockerName: 'contract-bind', mounts }))).toBe('engine.error');
    });

    test('a container is found by id and by name, and nothing by what is no name', async () => {
      const id = await create();
      expect((await fixture.engine.inspectContainer('contract')).id).toBe(id);
      expect((await fixture.engine.inspectContainer(id)).dockerName).toBe('contract');
      for (const wrong of ['contract-missing', '', '..', 'a/b', 'json?x', '../info']) {
        expect(await codeOf(fixture.engine.inspectContainer(wrong))).toBe('container.not-found');
      }
    });

    test('a commit says what it is told to instead of what its container has', async () => {
      const env = ['PATH=/bin', 'TOKEN=secret', 'OTHER=kept'];
      const id = await create({ env, labels: { owner: 'somebody', other: 'kept' } });
      await fixture.engine.commitContainer(id, {
        repository: 'contract/told',
        tag: 'v1',
        pause: true,
        config: {
          env: ['TOKEN='],
          labels: { owner: '', added: 'yes' },
          command: ['true'],
          entrypoint: [],
          user: '7:7',
          workingDirectory: '/tmp',
        },
      });
      const image = await fixture.engine.inspectImage('contract/told:v1');
      await fixture.engine.removeImage('contract/told:v1');
      expect(image).toMatchObject({
        command: ['true'],
        user: '7:7',
        workingDirectory: '/tmp',
        labels: { owner: '', other: 'kept', added: 'yes' },
      });
      expect(image?.env).toEqual(expect.arrayContaining(['TOKEN=', 'OTHER=kept']));
      expect(JSON.stringify(image)).not.toContain('secret');
    });

    test('a commit becomes an image that stays while a container uses it', async () => {
      const id = await create({ env: ['KEPT=yes'] });
      const target = { repository: 'contract/kept', tag: 'kept-1', pause: true };
      const imageId = await fixture.engine.commitContainer(id, target);
      const image = await fixture.engine.inspectImage('contract/kept:kept-1');
      expect(image).toMatchObject({ id: imageId, tags: ['contract/kept:kept-1'] });
      expect(image?.env).toContain('KEPT=yes');
      expect((await fixture.engine.listImages()).map((row) => row.id)).toContain(imageId);
      const user = await start({ dockerName: 'contract-user', image: 'contract/kept:kept-1' });
      expect(await codeOf(fixture.engine.removeImage('contract/kept:kept-1'))).toBe(
        'engine.conflict',
      );
      await fixture.engine.removeContainer(user, { force: true });
      await fixture.engine.removeImage('contract/kept:kept-1');
      expect(await fixture.engine.inspectImage('contract/kept:kept-1')).toBeNull();
      expect(await codeOf(fixture.engine.removeImage('contract/kept:kept-1'))).toBe(
        'image.not-found',
      );
    });
  });
}
