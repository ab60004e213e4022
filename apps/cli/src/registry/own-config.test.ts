import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { image, me } from '../wizard/testing/scripted.ts';

const canary = 'canary-7e1f';
const registry = 'registry.example.org';
const answers = {
  'users.me': () => ({ ...me, uid: process.getuid?.() ?? 0 }),
  'images.push': () => ({
    image: image('thesis', true),
    target: `${registry}/thesis:v1`,
    digest: 'sha256:1',
  }),
  'images.pull': () => ({ image: image('thesis', true), note: null }),
};

describe('credentials of whoever runs the command', () => {
  let folder = '';
  const before = { PATH: process.env['PATH'], DOCKER_CONFIG: process.env['DOCKER_CONFIG'] };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ds01-credentials-'));
    mkdirSync(join(folder, 'bin'));
    process.env['DOCKER_CONFIG'] = folder;
    process.env['PATH'] = `${join(folder, 'bin')}${delimiter}${before.PATH ?? ''}`;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  const configure = (config: unknown): void =>
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const helper = (script: string): void => {
    const path = join(folder, 'bin/docker-credential-test');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  };
  const push = async () => {
    const ran = await runCommand(['image', 'push', 'thesis', `${registry}/thesis:v1`], answers);
    expect(`${ran.stdout}${ran.stderr}`).not.toContain(canary);
    expect(ran.code).toBe(0);
    return ran.calls.find(({ id }) => id === 'images.push')?.input;
  };

  test('go with a push, and into nothing that is printed', async () => {
    const auth = Buffer.from(`alice:${canary}`).toString('base64');
    configure({ auths: { [registry]: { auth } } });
    expect(await push()).toMatchObject({
      target: `${registry}/thesis:v1`,
      auth: { username: 'alice', password: canary },
    });
  });

  test('never come from a helper that has no end, whoever holds its output', async () => {
    configure({ credHelpers: { [registry]: 'test' } });
    helper('yes');
    expect(await push()).toMatchObject({ auth: null });
  });

  test('never come from a pipe, and nobody waits for one', async () => {
    execFileSync('mkfifo', [join(folder, 'config.json')]);
    expect(await push()).toMatchObject({ auth: null });
  });

  test('are asked of a helper by its input alone', async () => {
    configure({ credHelpers: { [registry]: 'test' } });
    helper(
      `echo "$*" > ${folder}/words; cat > ${folder}/asked\n` +
        `echo '{"Username": "alice", "Secret": "${canary}"}'`,
    );
    expect(await push()).toMatchObject({ auth: { username: 'alice', password: canary } });
    const asked = ['words', 'asked'].map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(asked).toEqual(['get\n', registry]);
  });

  test.each([
    ['fails', `echo ${canary}; echo ${canary} >&2; exit 1`],
    ['says what is no answer', `echo ${canary}`],
    ['has none', `echo '{"Username": "", "Secret": ""}'`],
  ])('are none when the helper %s', async (_, script) => {
    configure({ credsStore: 'test' });
    helper(script);
    expect(await push()).toMatchObject({ auth: null });
  });

  test('are none when the helper isn’t there, nor any configuration', async () => {
    expect(await push()).toMatchObject({ auth: null });
    configure({ credsStore: 'test' });
    expect(await push()).toMatchObject({ auth: null });
  });

  test('of the other registries stay where they are', async () => {
    configure({ auths: { 'other.example.org': { username: 'alice', password: canary } } });
    expect(await push()).toMatchObject({ auth: null });
  });

  test('aren’t read for a preview', async () => {
    configure({ credsStore: 'test' });
    helper(`touch ${folder}/asked`);
    const words = ['image', 'pull', `${registry}/thesis:v1`, '--dry-run'];
    expect(await runCommand(words, answers)).toMatchObject({ code: 0, calls: [] });
    expect(readdirSync(folder)).not.toContain('asked');
  });

  test('of a pull are those of its registry', async () => {
    configure({ auths: { [registry]: { username: 'alice', password: canary } } });
    const ran = await runCommand(['image', 'pull', `${registry}/thesis:v1`], answers);
    expect(ran.calls.at(-1)?.input).toMatchObject({
      reference: `${registry}/thesis:v1`,
      name: null,
      auth: { username: 'alice', password: canary },
    });
    expect(`${ran.stdout}${ran.stderr}`).not.toContain(canary);
  });
});
