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

function embedded(): EmbeddedApi {
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
    dryRun: true,
    logger: { debug: log, warn: log, error: log },
    say: log,
  });
}

/** No engine runs at the socket: whoever may use the ledger gets as far as that. */
async function outcome(): Promise<unknown> {
  const api = embedded();
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

test.runIf(uid === 0)('root does not work in another account’s state folder', async () => {
  chownSync(root, 65_534, 65_534);
  await expect(outcome()).rejects.toMatchObject({ code: 'access.denied' });
});
