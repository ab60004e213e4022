import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ds01Error, isDs01Error, type Ds01Error } from '@ds01/contracts';
import type { BuildSpec, ContainerEngine } from '@ds01/ports';
import { afterEach, describe, expect, test } from 'vitest';
import { readArchive, writeArchive } from '../in-memory/tar.ts';
import { codeOf, type ContractFixture } from './fixture.ts';

const mebibyte = 2 ** 20;
/** A build without limits, network or anything special. */
export const plainSpec: Omit<BuildSpec, 'cgroupParent'> = {
  dockerfile: 'Dockerfile',
  buildArgs: {},
  target: null,
  noCache: false,
  labels: {},
  networkMode: 'none',
  memoryBytes: null,
  memorySwapBytes: null,
  cpus: null,
  shmSizeBytes: null,
  ulimits: [],
};

interface Built {
  readonly id: string;
  readonly text: string;
}

/** Builds, and what is left of builds. */
export function describeImages(fixture: ContractFixture): void {
  describe('images', () => {
    const { create } = fixture;
    const built = new Set<string>();
    const specOf = (changes: Partial<BuildSpec> = {}): BuildSpec => ({
      ...plainSpec,
      cgroupParent: fixture.subject.cgroupParent,
      ...changes,
    });

    async function build(
      dockerfile: string,
      changes: Partial<BuildSpec> = {},
      files: Readonly<Record<string, string>> = {},
    ): Promise<Built> {
      const text = dockerfile.replaceAll('BASE', fixture.subject.image);
      const context = archiveOf({ ...files, Dockerfile: text });
      const said: string[] = [];
      let id = '';
      for await (const output of fixture.engine.buildImage(context, specOf(changes))) {
        if (output.kind === 'image') id = output.id;
        if (output.kind === 'text') said.push(output.text);
      }
      built.add(id);
      return { id, text: said.join('') };
    }
    const failureOf = async (work: Promise<unknown>): Promise<Ds01Error> => {
      const failure = await work.then(() => null).catch((error: unknown) => error);
      if (isDs01Error(failure)) return failure;
      throw new Error('it did not fail');
    };
    const read = async (id: string, path: string): Promise<string | null> => {
      const container = await create({ image: id, dockerName: 'contract-reader' });
      const bytes = await fixture.engine.readContainerFile(container, path, { maxBytes: 10_000 });
      await fixture.engine.removeContainer(container, { force: true });
      return bytes === null ? null : Buffer.from(bytes).toString();
    };
    const containers = async (): Promise<number> => (await fixture.engine.listContainers()).length;
    /** The engine removes the container of a step soon after the connection has ended, not before. */
    const untilNoContainer = (): Promise<void> =>
      expect.poll(containers, { timeout: 10_000, interval: 50 }).toBe(0);

    afterEach(async () => {
      await fixture.removeContainers();
      const { engine } = fixture;
      for (const id of built) {
        if ((await engine.inspectImage(id)) !== null) await engine.removeImage(id);
      }
      built.clear();
    });

    test('a build gives an image without a tag, made of what was asked for', async () => {
      const { id, text } = await build(
        'FROM BASE\nARG WORD=none\nENV WORD=$WORD\nCOPY a.txt sub /opt/\nWORKDIR /opt\nUSER 7:8\nCMD ["sleep", "1"]\n',
        { labels: { 'org.example.kind': 'a "b" $c' }, buildArgs: { WORD: 'given' } },
        { 'a.txt': 'first', 'sub/b.txt': 'second' },
      );
      const image = await fixture.engine.inspectImage(id);
      const base = await fixture.engine.inspectImage(fixture.subject.image);
      expect(image).toMatchObject({
        tags: [],
        command: ['sleep', '1'],
        labels: { 'org.example.kind': 'a "b" $c' },
        user: '7:8',
        workingDirectory: '/opt',
        onBuild: [],
      });
      expect(image?.env).toContain('WORD=given');
      expect(image?.layers.slice(0, base?.layers.length)).toEqual(base?.layers);
      expect(image?.layers).toHaveLength((base?.layers.length ?? 0) + 1);
      expect([await read(id, '/opt/a.txt'), await read(id, '/opt/b.txt')]).toEqual([
        'first',
        'second',
      ]);
      expect(text).toMatch(/^Step 1\/8 : FROM /);
      expect(text).toContain('Step 4/8 : COPY a.txt sub /opt/');
    });

    test('only what follows a change is done again', async () => {
      const dockerfile = 'FROM BASE\nRUN echo one > /one\nCOPY list /list\nRUN echo two > /two\n';
      const first = await build(dockerfile, {}, { list: 'a' });
      const again = await build(dockerfile, {}, { list: 'a' });
      expect(again.id).toBe(first.id);
      expect(again.text.match(/Using cache/g)).toHaveLength(3);
      const changed = await build(dockerfile, {}, { list: 'b' });
      expect(changed.text.match(/Using cache/g)).toHaveLength(1);
      expect(await read(changed.id, '/list')).toBe('b');
      const fresh = await build(dockerfile, { noCache: true }, { list: 'a' });
      expect(fresh.text).not.toContain('Using cache');
    });

    test('a stage is built up to, and copied from', async () => {
      const dockerfile =
        'FROM BASE AS first\nRUN echo made > /made\nFROM BASE\nCOPY --from=first /made /copied\n';
      const whole = await build(dockerfile);
      expect([await read(whole.id, '/copied'), await read(whole.id, '/made')]).toEqual([
        'made\n',
        null,
      ]);
      const { id } = await build(dockerfile, { target: 'first' });
      expect(await read(id, '/made')).toBe('made\n');
    });

    test('a step that fails fails the build with its exit code, and leaves nothing', async () => {
      const failure = await failureOf(build('FROM BASE\nRUN echo before && exit 7\n'));
      expect(failure).toMatchObject({ code: 'image.build-failed', details: { exitCode: 7 } });
      expect(failure.message).toContain('echo before && exit 7');
      expect(await codeOf(build('FROM BASE\nCOPY missing /x\n'))).toBe('image.build-failed');
      expect(await containers()).toBe(0);
    });

    test('what is no Dockerfile is said before anything is built', async () => {
      const invalid = async (dockerfile: string, changes: Partial<BuildSpec> = {}) =>
        codeOf(build(dockerfile, changes));
      expect([
        await invalid('FROM BASE\nFETCH x\n'),
        await invalid('RUN true\n'),
        await invalid('# nothing\n'),
        await invalid('FROM BASE\n', { target: 'other' }),
        await invalid('FROM BASE\n', { dockerfile: 'elsewhere' }),
      ]).toEqual(Array.from({ length: 5 }, () => 'dockerfile.invalid'));
    });

    /** Builds until the first step runs, then does `act` with its container. */
    async function whileRunning(
      engine: ContainerEngine,
      changes: Partial<BuildSpec>,
      act: (container: string) => unknown,
    ): Promise<void> {
      const interruption = new AbortController();
      const { signal } = interruption;
      const text = `FROM ${fixture.subject.image}\nRUN sleep 1000\n`;
      const outputs = engine.buildImage(archiveOf({ Dockerfile: text }), specOf(changes), {
        signal,
      });
      for await (const output of outputs) {
        const begun = output.kind === 'text' ? / Running in (\w+)/.exec(output.text)?.[1] : null;
        if (typeof begun !== 'string') continue;
        if ((await act(begun)) === 'leave') return;
        interruption.abort();
      }
    }

    test('a step runs within the limits of its build', async () => {
      const limits = { memoryBytes: 64 * mebibyte, memorySwapBytes: 64 * mebibyte, cpus: 0.5 };
      const look = async (id: string): Promise<void> => {
        expect(await fixture.engine.inspectContainer(id)).toMatchObject({
          cgroupParent: fixture.subject.cgroupParent,
          networkMode: 'none',
          resources: { memoryBytes: 64 * mebibyte, memorySwapBytes: 64 * mebibyte },
        });
      };
      expect(await codeOf(whileRunning(fixture.engine, limits, look))).toBe(
        'operation.interrupted',
      );
    });

    test('a build that is aborted or left ends with its containers', async () => {
      expect(await codeOf(whileRunning(fixture.engine, {}, () => undefined))).toBe(
        'operation.interrupted',
      );
      await untilNoContainer();
      await whileRunning(fixture.engine, {}, () => 'leave');
      await untilNoContainer();
    });

    test('a context that breaks off fails the build with its own error', async () => {
      const broken = Readable.from(
        (async function* () {
          yield writeArchive({ '/x': 'y' }).subarray(0, 512);
          throw ds01Error('build.context-invalid', { message: 'the client went away' });
        })(),
      );
      const work = (async () => {
        for await (const output of fixture.engine.buildImage(broken, specOf()))
          expect(output).toBeNull();
      })();
      expect(await codeOf(work)).toBe('build.context-invalid');
    });

    test('steps are told newest first, with the last one being the image', async () => {
      const { id } = await build('FROM BASE\nENV A=1\nLABEL b=2\n');
      const [last, before] = await fixture.engine.imageHistory(id);
      expect(last).toMatchObject({ id, createdBy: expect.stringContaining('LABEL b=2') });
      expect(before?.createdBy).toContain('ENV A=1');
      expect(await codeOf(fixture.engine.imageHistory('contract/missing'))).toBe('image.not-found');
    });

    test('a tag moves, and the image goes with its last one', async () => {
      const { engine } = fixture;
      const one = await build('FROM BASE\nENV A=1\n');
      const two = await build('FROM BASE\nENV A=2\n');
      const tag = async (id: string, name: string) =>
        engine.tagImage(id, { repository: 'contract/tagged', tag: name });
      await tag(one.id, 'a');
      await tag(one.id, 'b');
      await tag(two.id, 'a');
      expect((await engine.inspectImage(one.id))?.tags).toEqual(['contract/tagged:b']);
      expect((await engine.inspectImage('contract/tagged:a'))?.id).toBe(two.id);
      expect((await engine.inspectImage(two.id.replace('sha256:', '').slice(0, 12)))?.id).toBe(
        two.id,
      );
      expect(await engine.removeImage('contract/tagged:b')).toEqual({
        untagged: ['contract/tagged:b'],
        deleted: expect.arrayContaining([one.id]),
      });
      await tag(two.id, 'c');
      const gone = await engine.removeImage(two.id);
      expect(new Set(gone.untagged)).toEqual(new Set(['contract/tagged:a', 'contract/tagged:c']));
      expect(gone.deleted).toContain(two.id);
      expect(await engine.inspectImage(two.id)).toBeNull();
      expect(await codeOf(tag(two.id, 'd'))).toBe('image.not-found');
    });

    test('an image of several tags stays while a container uses it', async () => {
      const { engine } = fixture;
      const { id } = await build('FROM BASE\nENV A=3\n');
      for (const tag of ['1', '2']) await engine.tagImage(id, { repository: 'contract/used', tag });
      await create({ image: 'contract/used:1' });
      expect(await codeOf(engine.removeImage(id))).toBe('engine.conflict');
      expect((await engine.inspectImage(id))?.tags).toHaveLength(2);
      await engine.removeImage('contract/used:2');
      expect(await codeOf(engine.removeImage('contract/used:1'))).toBe('engine.conflict');
    });

    test("what a container's layer changed, and all its files, can be read", async () => {
      const { engine } = fixture;
      const { id } = await build('FROM BASE\nRUN echo kept > /kept\n');
      const container = await create({ image: id });
      expect(await engine.containerChanges(container)).toEqual([]);
      await engine.makeContainerFolder(container, '/added', { uid: 0, gid: 0, mode: 0o755 });
      expect(await engine.containerChanges(container)).toContainEqual({
        path: '/added',
        kind: 'added',
      });
      expect(await engine.layerBytes(container)).toBeGreaterThanOrEqual(0);
      const files = readArchive(await buffer(await engine.exportContainer(container)));
      expect([files.get('kept'), files.get('added')]).toEqual(['kept\n', { folder: true }]);
      await engine.removeContainer(container, { force: true });
      expect(await codeOf(engine.containerChanges(container))).toBe('container.not-found');
      expect(await codeOf(engine.layerBytes(container))).toBe('container.not-found');
    });
  });
}

function archiveOf(files: Readonly<Record<string, string>>): Readable {
  const absolute = Object.entries(files).map(([path, text]) => [`/${path}`, text] as const);
  return Readable.from([writeArchive(Object.fromEntries(absolute))]);
}
