import { Readable } from 'node:stream';
import { imageReferenceSchema, type RegistryAuth } from '@ds01/contracts';
import type { DockerEngine } from '@ds01/docker-engine';
import { type DockerHost, type ImageRegistry, startImageRegistry } from '@ds01/docker-host';
import { cacheDirectory } from '@ds01/setup';
import { beforeAll, describe, expect, test } from 'vitest';
import { plainSpec } from '../src/contract/images.contract.ts';
import { writeArchive } from '../src/in-memory/tar.ts';

const options = { cacheDirectory: cacheDirectory(process.env), say: () => undefined };
const auth = { username: 'alice', password: 'canary-8c1f' };

/** Tests on a registry beside a private engine, which has the image `base`. */
export function describeRegistry(
  begin: () => {
    readonly host: DockerHost;
    readonly engine: DockerEngine;
    readonly base: string;
  },
): void {
  describe('a real registry with a password', () => {
    let engine: DockerEngine;
    let registry: ImageRegistry;
    let id = '';

    beforeAll(async () => {
      const { host, base, ...its } = begin();
      engine = its.engine;
      registry = await startImageRegistry(host, { ...options, accounts: [auth] });
      const cgroupParent = `${host.environment['DS01_CGROUP_ROOT'] ?? ''}/registry`;
      const context = writeArchive({ '/Dockerfile': `FROM ${base}\nRUN echo kept > /kept\n` });
      for await (const output of engine.buildImage(Readable.from([context]), {
        ...plainSpec,
        cgroupParent,
      })) {
        if (output.kind === 'image') id = output.id;
      }
    });
    const refer = (text: string) => imageReferenceSchema.parse(`${registry.address}/${text}`);

    test('an image is pushed, deleted, and comes back by tag and by digest', async () => {
      const repository = `${registry.address}/alice/thesis`;
      await engine.tagImage(id, { repository, tag: '1' });
      const statuses = new Set<string>();
      const digest = await engine.pushImage(refer('alice/thesis:1'), {
        auth,
        onProgress: ({ status }) => statuses.add(status),
      });
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(statuses).toContain('Pushed');
      expect((await engine.inspectImage(id))?.digests).toEqual([`${repository}@${digest}`]);
      await engine.removeImage(id);
      expect(await engine.inspectImage(`${repository}:1`)).toBeNull();
      const percentages: number[] = [];
      await engine.pullImage(refer('alice/thesis:1'), {
        auth,
        onProgress: ({ currentBytes }) => percentages.push(currentBytes ?? -1),
      });
      expect(percentages.length).toBeGreaterThan(2);
      expect(await engine.inspectImage(`${repository}:1`)).toMatchObject({ id });
      await engine.removeImage(`${repository}:1`);
      await engine.pullImage(refer(`alice/thesis@${digest}`), { auth });
      expect(await engine.inspectImage(`${repository}@${digest}`)).toMatchObject({ id, tags: [] });
    });

    test('without the password, with a wrong one, and for what is not there, it says which', async () => {
      const wrong = { username: 'alice', password: 'other' };
      const attempt = async (text: string, credentials: RegistryAuth | null) =>
        engine.pullImage(refer(text), { auth: credentials }).catch((error: unknown) => error);
      expect(await attempt('alice/thesis:1', null)).toMatchObject({ code: 'registry.denied' });
      expect(await attempt('alice/thesis:1', wrong)).toMatchObject({ code: 'registry.denied' });
      expect(await attempt('alice/thesis:none', auth)).toMatchObject({ code: 'image.not-found' });
      const repository = `${registry.address}/alice/other`;
      await engine.tagImage(id, { repository, tag: '1' });
      const push = engine.pushImage(refer('alice/other:1'), { auth: wrong });
      await expect(push).rejects.toMatchObject({ code: 'registry.denied' });
      const missing = engine.pushImage(refer('alice/missing:1'), { auth });
      await expect(missing).rejects.toMatchObject({ code: 'image.not-found' });
    });

    test('what the engine keeps of an image has nothing of the credentials', async () => {
      const details = JSON.stringify([
        await engine.inspectImage(id),
        await engine.imageHistory(id),
      ]);
      const encoded = Buffer.from(auth.password).toString('base64').slice(0, -4);
      for (const secret of [auth.password, encoded]) {
        expect(details).not.toContain(secret);
        expect(registry.log()).not.toContain(secret);
      }
    });
  });
}
