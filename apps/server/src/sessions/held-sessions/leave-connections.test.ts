import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leaveConnections } from './leave-connections.ts';

const noLog = () => undefined;
const log = { debug: noLog, info: noLog, warn: noLog, error: noLog };

/** Far more than a connection holds that nobody reads. */
const bytes = 8 * 1_048_576;

test('what is left is read to its end by another process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-leave-'));
  const server = createServer();
  try {
    server.listen(join(folder, 'socket'));
    await once(server, 'listening');
    const client = connect(join(folder, 'socket'));
    const [engine] = (await once(server, 'connection')) as [Socket];
    await once(client, 'connect').catch(noLog);
    const handle: unknown = Reflect.get(client, '_handle');
    const descriptor: unknown = Reflect.get(Object(handle), 'fd');
    await leaveConnections(typeof descriptor === 'number' ? [descriptor] : [], log);
    client.destroy();
    const written = Promise.withResolvers<void>();
    engine.on('error', written.reject);
    engine.end(Buffer.alloc(bytes), () => written.resolve());
    await written.promise;
    engine.resume();
    await once(engine, 'close');
    expect(engine.bytesWritten).toBe(bytes);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});

test('without connections nothing is started', async () => {
  await expect(leaveConnections([], log)).resolves.toBeUndefined();
});
