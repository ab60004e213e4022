import { Readable } from 'node:stream';
import { createDockerEngine, type DockerEngine } from '@ds01/docker-engine';
import { type DockerHost, startDockerHost } from '@ds01/docker-host';
import type { BuildSpec, ImageDetails } from '@ds01/ports';
import { cacheDirectory } from '@ds01/setup';
import { Header } from 'tar';
import { afterAll, beforeAll } from 'vitest';

/** False on a laptop without root, where these tests are skipped; they must run in CI. */
export const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting a Docker engine needs root\n');

/** The classic builder of a private engine. */
export interface ClassicBuilder {
  readonly host: DockerHost;
  readonly engine: DockerEngine;
  /** Builds the `Dockerfile` of these files; what its steps printed comes with the image. */
  build(files: Readonly<Record<string, string>>): Promise<BuiltHere>;
}

/** What a build gave. */
export interface BuiltHere {
  readonly image: ImageDetails;
  readonly printed: string;
}

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

/** One engine for the tests of a file, removed after the last of them. Call the result to get it. */
export function useClassicBuilder(): () => ClassicBuilder {
  let builder: ClassicBuilder | undefined;
  beforeAll(async () => {
    const host = await startDockerHost({
      name: `dockerfiles-${String(process.pid)}`,
      gpus: 'none',
      gate: 'none',
      dataInMemory: true,
      cacheDirectory: cacheDirectory(process.env),
      say: () => undefined,
    });
    const engine = createDockerEngine({ dockerHost: host.environment['DOCKER_HOST'] });
    const cgroupParent = `${host.environment['DS01_CGROUP_ROOT'] ?? ''}/builds`;
    const build = (files: Readonly<Record<string, string>>) =>
      buildWith(engine, files, { ...spec, cgroupParent });
    builder = { host, engine, build };
  });
  afterAll(async () => {
    builder?.engine.close();
    await builder?.host.stop();
  });
  return () => {
    if (builder === undefined) throw new Error('the engine is not running');
    return builder;
  };
}

async function buildWith(
  engine: DockerEngine,
  files: Readonly<Record<string, string>>,
  how: BuildSpec,
): Promise<BuiltHere> {
  let [id, printed] = ['', ''];
  for await (const output of engine.buildImage(Readable.from([archiveOf(files)]), how)) {
    if (output.kind === 'image') id = output.id;
    if (output.kind === 'text') printed += output.text;
  }
  const image = await engine.inspectImage(id);
  if (image === null) throw new Error('the build gave no image');
  return { image, printed };
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
