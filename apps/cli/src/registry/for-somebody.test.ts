import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { image, me } from '../wizard/testing/scripted.ts';

const canary = 'canary-91ab';
const registry = 'registry.example.org';
const uid = 43_817;

describe.skipIf(process.getuid?.() !== 0)('credentials when root acts for somebody', () => {
  let home = '';
  const before = process.env['DOCKER_CONFIG'];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ds01-somebody-'));
    chmodSync(home, 0o755);
    const roots = join(home, 'of-root');
    mkdirSync(roots);
    const auths = { [registry]: { username: 'root', password: 'of-root' } };
    writeFileSync(join(roots, 'config.json'), JSON.stringify({ auths }));
    process.env['DOCKER_CONFIG'] = roots;
    mkdirSync(join(home, '.docker'), { mode: 0o700 });
    chownSync(join(home, '.docker'), uid, uid);
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
    if (before === undefined) delete process.env['DOCKER_CONFIG'];
    else process.env['DOCKER_CONFIG'] = before;
  });

  const configure = (owner: number): void => {
    const path = join(home, '.docker/config.json');
    const auths = { [registry]: { username: 'alice', password: canary } };
    writeFileSync(path, JSON.stringify({ auths }), { mode: 0o600 });
    chownSync(path, owner, owner);
  };
  const pull = async () => {
    const ran = await runCommand(['image', 'pull', `${registry}/thesis:v1`], {
      'users.me': () => ({ ...me, uid, gid: uid, groupIds: [uid], home }),
      'images.pull': () => ({ image: image('thesis', true), note: null }),
    });
    expect(ran.code).toBe(0);
    expect(`${ran.stdout}${ran.stderr}`).not.toContain(canary);
    return { input: ran.calls.at(-1)?.input, said: ran.stderr };
  };

  test('are that person’s, read with their rights, and never root’s', async () => {
    configure(uid);
    expect((await pull()).input).toMatchObject({ auth: { username: 'alice', password: canary } });
  });

  test('are none where that person has none, or may not read them', async () => {
    expect((await pull()).input).toMatchObject({ auth: null });
    configure(0);
    const { input, said } = await pull();
    expect(input).toMatchObject({ auth: null });
    expect(said).toContain('can’t be read');
  });
});
