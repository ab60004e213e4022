import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DockerHost, startDockerHost } from '@ds01/docker-host';
import { cacheDirectory } from '@ds01/setup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting a Docker engine needs root\n');

const pinsSchema = z.array(
  z.object({ path: z.string(), source: z.string(), readOnly: z.boolean() }),
);
const uid = 54_321;
const targets = ['/workspace', '/data', '/etc/passwd', '/run/secrets'] as const;

describe.skipIf(!canRun)('pins in a container of a real engine', () => {
  let host: DockerHost;
  let folder = '';

  beforeAll(async () => {
    host = await startDockerHost({
      name: `pins-${String(process.pid)}`,
      gpus: 'l40sx2',
      gate: 'none',
      dataInMemory: true,
      cacheDirectory: cacheDirectory(process.env),
      say: () => undefined,
    });
    await host.image('busybox');
    folder = mkdtempSync(join(tmpdir(), 'ds01-pins-e2e-'));
    for (const path of [folder, `${folder}/work`, `${folder}/data`]) {
      mkdirSync(path, { recursive: true });
      chownSync(path, uid, uid);
    }
    writeFileSync(`${folder}/data/file`, 'mine');
  });
  afterAll(async () => {
    await host.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a program prints that runs where the engine does. */
  function run(...words: readonly string[]): string {
    const line = host.command(words, { environment: { PATH: process.env['PATH'] ?? '' } });
    const options = { env: line.environment, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(line.file, line.arguments, options);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Lines of a container's mount table by their place; its options are the sixth field. */
  function optionsInside(table: string): ReadonlyMap<string, readonly string[]> {
    const fields = table.split('\n').map((line) => line.split(' '));
    return new Map(fields.map((line) => [line[4] ?? '', (line[5] ?? '').split(',')]));
  }

  test('keep their flags, which an engine asked for a read-only mount would take away', () => {
    const directory = host.environment['DS01_ENGINE_DIR'] ?? '';
    const harness = join(import.meta.dirname, 'harness/pin.ts');
    const program = [process.execPath, '--conditions=@ds01/source', harness];
    const text = run(...program, directory, folder, String(uid));
    const pins = z.string().transform((json) => pinsSchema.parse(JSON.parse(json)));
    const made = pins.parse(text);
    const mountOf = (at: number, target: string, readOnly: boolean): readonly string[] => [
      '--mount',
      `type=bind,src=${made[at]?.path ?? ''},dst=${target}${readOnly ? ',readonly' : ''}`,
    ];
    const docker = host.environment['DS01_DOCKER'] ?? 'docker';
    const address = ['-H', host.environment['DOCKER_HOST'] ?? ''];
    const script =
      'cat /proc/self/mountinfo; id -un >&2; cat /data/file /run/secrets/token >&2; ! touch /data/x';
    const output = run(
      docker,
      ...address,
      'run',
      '--rm',
      '--network=none',
      `--user=${uid}:${uid}`,
      ...targets.flatMap((target, at) => mountOf(at, target, made[at]?.readOnly ?? false)),
      ...mountOf(1, '/asked', true),
      'ds01/busybox:latest',
      'sh',
      '-c',
      `(${script}) 2>&1`,
    );
    const options = optionsInside(output);
    expect(options.get('/asked')).not.toContain('nosuid');
    expect(options.get('/workspace')).toEqual(expect.arrayContaining(['rw', 'nosuid', 'nodev']));
    expect(options.get('/data')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev']));
    expect(options.get('/run/secrets')).toEqual(
      expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']),
    );
    expect(options.get('/etc/passwd')).toContain('ro');
    expect(output).toContain('alice\nminesecret');
  });
});
