import { Readable } from 'node:stream';
import { createDockerEngine, type DockerEngine } from '@ds01/docker-engine';
import { createRecipe, type RecipeInput, renderDockerfile } from '@ds01/dockerfile-builder';
import { type DockerHost, startDockerHost } from '@ds01/docker-host';
import type { ImageDetails } from '@ds01/ports';
import { cacheDirectory } from '@ds01/setup';
import { Header } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting a Docker engine needs root\n');

/** Breaks out of quotes of any kind, when somebody forgets one. */
const nasty = `a'b"c \`id\` $(id) $HOME \${HOME} \\ \\" # && ; | > x <<EOF [*]? ü🦊`;
const path = `my $HOME's "files" [x]*?#/a b.txt`;
/** Writes its words to a file, one a line. */
const recorder = `printf '#!/bin/sh\\nfor word; do echo "$word" >>/words; done\\n' >/bin/pip`;
const owner = {
  uid: 1_722_830_498,
  gid: 1_722_830_498,
  slug: 'u204214_0a1b2c',
  name: '204214@example.org',
};

describe.skipIf(!canRun)('what is rendered, built by the classic builder', () => {
  let host: DockerHost;
  let engine: DockerEngine;

  const build = async (
    files: Readonly<Record<string, string>>,
  ): Promise<{ readonly image: ImageDetails; readonly printed: string }> => {
    let [id, printed] = ['', ''];
    const archive = Readable.from([archiveOf(files)]);
    const cgroupParent = `${host.environment['DS01_CGROUP_ROOT'] ?? ''}/builds`;
    for await (const output of engine.buildImage(archive, { ...spec, cgroupParent })) {
      if (output.kind === 'image') id = output.id;
      if (output.kind === 'text') printed += output.text;
    }
    const image = await engine.inspectImage(id);
    if (image === null) throw new Error('the build gave no image');
    return { image, printed };
  };

  beforeAll(async () => {
    host = await startDockerHost({
      name: `rendered-${String(process.pid)}`,
      gpus: 'none',
      gate: 'none',
      dataInMemory: true,
      cacheDirectory: cacheDirectory(process.env),
      say: () => undefined,
    });
    engine = createDockerEngine({ dockerHost: host.environment['DOCKER_HOST'] });
    const busybox = await host.image('busybox');
    const base = await build({
      Dockerfile: `FROM ${busybox}\nRUN ${recorder}; chmod 755 /bin/pip\n`,
    });
    await engine.tagImage(base.image.id, { repository: 'ds01/recorder', tag: 'latest' });
  });
  afterAll(async () => {
    engine.close();
    await host.stop();
  });

  test('every value arrives as it is, and the account is there whatever its name and id', async () => {
    const recipe: RecipeInput = {
      project: 'thesis',
      base: { image: 'ds01/recorder' },
      author: nasty,
      requirementFiles: [{ path }],
      packages: [nasty, 'torch>=2.1; python_version<"3.12"'],
      env: { NASTY: nasty },
      labels: { nasty },
      copy: [{ from: [path], to: `/opt/${path}` }],
      commands: [['cat', '/words', `/opt/${path}`], `printf '%s\\n' "lines\nof text"`],
      entrypoint: ['/bin/echo', nasty],
      command: [nasty, 'two\nlines'],
      owner,
    };
    const made = createRecipe(recipe).build();
    if (!made.ok) throw new Error(JSON.stringify(made.problems));
    const files = { Dockerfile: renderDockerfile(made.recipe), [path]: 'text of the file\n' };
    const { image, printed } = await build(files);

    const install = ['install', '--no-cache-dir'];
    const words = [install, ['-r', `/tmp/ds01/${path}`], install, recipe.packages ?? []].flat();
    expect(printed).toContain(`${[...words, 'text of the file'].join('\n')}\n`);
    expect(printed).toContain('\nlines\nof text\n');
    expect(image.env).toContain(`NASTY=${nasty}`);
    expect(image.labels).toMatchObject({ nasty, maintainer: nasty, 'ds01.owner': owner.name });
    expect(image.entrypoint).toEqual(['/bin/echo', nasty]);
    expect(image.command).toEqual([nasty, 'two\nlines']);
    expect(image.user).toBe('1722830498:1722830498');

    const check = 'id && touch ~/file file && stat -c "%U %n" ~/file "$PWD/file"';
    const inside = await build({ Dockerfile: `FROM ${image.id}\nRUN ${check}\n` });
    expect(inside.printed).toContain(
      'uid=1722830498(u204214_0a1b2c) gid=1722830498(u204214_0a1b2c)',
    );
    expect(inside.printed).toContain('u204214_0a1b2c /home/u204214_0a1b2c/file\n');
    expect(inside.printed).toContain('u204214_0a1b2c /workspace/file\n');
  });
});

const spec = {
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
} as const;

function archiveOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const header = new Header({ path: name, size: content.length, mode: 0o644, type: 'File' });
    header.encode();
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [header.block ?? Buffer.alloc(0), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
