import { Readable } from 'node:stream';
import { createDockerEngine, type DockerEngine } from '@ds01/docker-engine';
import {
  analyseBuild,
  type DockerfileEdit,
  editDockerfile,
  pinBuild,
} from '@ds01/dockerfile-builder';
import { type DockerHost, startDockerHost } from '@ds01/docker-host';
import type { BuildSpec, ImageDetails } from '@ds01/ports';
import { cacheDirectory } from '@ds01/setup';
import { Header } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpusTexts } from '../fixtures/corpus/texts.ts';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting a Docker engine needs root\n');

const long = process.env['DS01_TEST_LONG'] === '1';
const sample = ['windows-line-ends', 'escape-backtick', 'copy-forms', 'arg-defaults'];
const buildable = corpusTexts.filter(
  ({ name, base, classicBuilder, needsNetwork }) =>
    base !== null && classicBuilder && !needsNetwork && (long || sample.includes(name)),
);
const removal: readonly DockerfileEdit[] = [{ kind: 'remove-packages', packages: ['wheel'] }];
/** Both are there already: nothing is fetched. */
const addition: readonly DockerfileEdit[] = [
  { kind: 'add-packages', packages: ['pip'] },
  { kind: 'add-system', packages: ['base-files'] },
];
/** RUN is read by Python there, so that nothing can be added; a file that pip leaves is read there. */
const exceptions: Readonly<Record<string, readonly DockerfileEdit[]>> = {
  'shell-unknown': removal,
  'sudo-and-wrappers': addition,
};
/** What stands in for programs that busybox doesn't have. */
const lacking = ['pip', 'pip3', 'python3', 'apt-get'];
const spec: Omit<BuildSpec, 'cgroupParent'> = {
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

describe.skipIf(!canRun)('Dockerfiles of the corpus, built by the classic builder', () => {
  let host: DockerHost;
  let engine: DockerEngine;

  const build = async (
    text: string,
    context: Readonly<Record<string, string>> = {},
  ): Promise<ImageDetails> => {
    const archive = Readable.from([archiveOf({ ...context, Dockerfile: text })]);
    let id = '';
    const cgroupParent = `${host.environment['DS01_CGROUP_ROOT'] ?? ''}/builds`;
    for await (const output of engine.buildImage(archive, { ...spec, cgroupParent })) {
      if (output.kind === 'image') id = output.id;
    }
    const details = await engine.inspectImage(id);
    if (details === null) throw new Error('the build gave no image');
    return details;
  };
  /** The text that the daemon gives to the engine. */
  const pinned = async (text: string): Promise<string> => {
    const analysis = analyseBuild(text);
    if (!analysis.ok) throw new Error(analysis.problems.map(({ message }) => message).join(' '));
    const images = new Map<string, string>();
    for (const { key, reference } of analysis.images) {
      images.set(key, (await engine.inspectImage(reference))?.id ?? '');
    }
    return pinBuild(text, { images, afterFrom: 'LABEL ds01.build.owner="1"\n' });
  };

  beforeAll(async () => {
    host = await startDockerHost({
      name: `corpus-${String(process.pid)}`,
      gpus: 'none',
      gate: 'none',
      dataInMemory: true,
      cacheDirectory: cacheDirectory(process.env),
      say: () => undefined,
    });
    engine = createDockerEngine({ dockerHost: host.environment['DOCKER_HOST'] });
    // Debian's pip refuses to install beside apt's packages otherwise.
    const python = `FROM ${await host.image('python')}\nENV PIP_BREAK_SYSTEM_PACKAGES=1\n`;
    const make = lacking.map(
      (name) => `printf '#!/bin/sh\\n' >/bin/${name}; chmod 755 /bin/${name}`,
    );
    const busybox = `FROM ${await host.image('busybox')}\nRUN ${make.join('; ')}\n`;
    for (const [name, text] of Object.entries({ python, busybox })) {
      const { id } = await build(text);
      await engine.tagImage(id, { repository: `ds01/${name}`, tag: 'latest' });
    }
  });
  afterAll(async () => {
    engine.close();
    await host.stop();
  });

  test.each(buildable)(
    '$name becomes the same image when it is pinned, and builds after an edit',
    async ({ name, text, context }) => {
      const before = await build(text, context);
      const other = await build(await pinned(text), context);
      expect(configurationOf(other)).toEqual(configurationOf(before));
      const edited = editDockerfile(text, exceptions[name] ?? [...removal, ...addition]);
      if (!edited.ok) throw new Error(edited.problems.map(({ message }) => message).join(' '));
      const after = await build(await pinned(edited.text), context);
      expect(configurationOf(after)).toMatchObject({
        ...configurationOf(before),
        layers: expect.any(Number),
      });
    },
  );
});

function configurationOf(image: ImageDetails) {
  const { command, entrypoint, env, user, workingDirectory, onBuild, layers } = image;
  const { 'ds01.build.owner': _owner, ...labels } = image.labels;
  const configuration = { command, entrypoint, env, user, workingDirectory, onBuild, labels };
  return { ...configuration, layers: layers.length };
}

function archiveOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    const header = new Header({ path, size: content.length, mode: 0o644, type: 'File' });
    header.encode();
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [header.block ?? Buffer.alloc(0), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
