import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEmbeddedApi, type EmbeddedApi } from './embedded.ts';
import { readEnvironment } from './environment.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ds01-compose-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const uid = process.getuid?.() ?? -1;

function embedded(dryRun: boolean): EmbeddedApi {
  const environment = readEnvironment(
    {
      DS01_STATE_DIR: root,
      DS01_CONFIG_DIR: join(root, 'config'),
      DS01_RUN_DIR: join(root, 'run'),
      DOCKER_HOST: `unix://${join(root, 'docker.sock')}`,
    },
    { uid, gid: uid },
  );
  const log = () => undefined;
  return createEmbeddedApi(environment, {
    version: '0.0.0',
    actFor: null,
    dryRun,
    logger: { debug: log, warn: log, error: log },
    say: log,
  });
}

/** No engine runs at the socket: whoever may use the ledger gets as far as that. */
async function outcome(dryRun = true): Promise<unknown> {
  const api = embedded(dryRun);
  try {
    return await api.call('containers.list', {});
  } finally {
    api.close();
  }
}

test('a state folder that is its owner’s alone is used', async () => {
  chmodSync(root, 0o755);
  await expect(outcome()).rejects.toMatchObject({ code: 'engine.unreachable' });
});

test('a state folder that others can write to is refused', async () => {
  chmodSync(root, 0o777);
  await expect(outcome()).rejects.toMatchObject({
    code: 'access.denied',
    hint: `chmod 0700 ${root}`,
  });
});

test('while a daemon has the state folder nobody else writes to it, socket or not', async () => {
  chmodSync(root, 0o700);
  const lock = join(root, 'ds01d.lock');
  const holder = spawn('flock', [lock, '-c', 'echo held; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await expect(outcome(false)).rejects.toMatchObject({ code: 'daemon.unreachable' });
  await expect(outcome(true)).rejects.toMatchObject({ code: 'engine.unreachable' });
  holder.stdin.end('\n');
  await once(holder, 'exit');
  await expect(outcome(false)).rejects.toMatchObject({ code: 'engine.unreachable' });
});

test.runIf(uid === 0)('root does not work in another account’s state folder', async () => {
  chownSync(root, 65_534, 65_534);
  await expect(outcome()).rejects.toMatchObject({ code: 'access.denied' });
});
