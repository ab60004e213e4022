import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, startFakeDaemon, type FakeDaemon } from './testing/fake-daemon.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await startFakeDaemon();
});
afterAll(() => daemon.stop());

/** A program that asks one question over the socket, and prints what was loaded for it. */
const program = String.raw`
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({
  load: (url, context, next) => {
    loaded.push(url);
    return next(url, context);
  },
});
const { createClient } = await import(process.argv[1]);
const options = { version: '1.2.3', trustsOwnVersion: true };
const client = createClient({ socketPath: process.argv[2], ...options });
await client.call('containers.stop', { name: 'thesis' });
client.close();
console.log(JSON.stringify([...loaded, ...process.moduleLoadList]));
`;

test('one question over the socket loads no schemas, no https, no fetch and nothing for long work', async () => {
  daemon.answer(json({}));
  const index = new URL('index.ts', import.meta.url).href;
  const words = ['--conditions=@ds01/source', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...words,
    index,
    daemon.socketPath,
  ]);
  const files = stdout.match(/[^"/ ]+(?=")/g) ?? [];
  expect(files).toContain('create-daemon-client.ts');
  const heavy = /^(?:zod|schemas\.ts|fetch-transport\.ts|follow\.ts|upload\.ts|https)$/;
  expect(files.filter((file) => heavy.test(file))).toEqual([]);
  expect(stdout).not.toContain('/node_modules/');
});
