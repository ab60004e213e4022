import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCredentials, writeCredentials } from './credentials.ts';
import { readEnvironment, serverAddress } from './environment.ts';
import { openApi } from './open-api.ts';
import { keptServer, namedServer } from './remote.ts';

const home = mkdtempSync(join(tmpdir(), 'ds01-login-'));
afterAll(() => rmSync(home, { recursive: true }));
const path = join(home, '.config/ds01/credentials.json');
const refusal = (code: string) => expect.objectContaining({ code });
const server = 'https://gpu.example.org:7443';
const token = `ds01_${'a'.repeat(43)}`;

const environmentOf = (env: NodeJS.ProcessEnv, uid = 1000) =>
  readEnvironment(
    { HOME: home, DS01_RUN_DIR: join(home, 'run'), DS01_STATE_DIR: join(home, 'state'), ...env },
    { uid, gid: uid },
  );

test.each([
  ['https://gpu.example.org:7443/', server],
  ['https://GPU.example.org:7443', server],
  ['https://lab.example.org/ds01/', 'https://lab.example.org/ds01'],
  ['http://127.0.0.1:7480', 'http://127.0.0.1:7480'],
  ['http://[::1]:7480/', 'http://[::1]:7480'],
  ['http://localhost:7480', 'http://localhost:7480'],
])('%s is the server %s', (given, address) => {
  expect(serverAddress(given)).toBe(address);
});

test.each([
  'http://gpu.example.org:7480',
  'http://127.0.0.1.example.org',
  'https://alice:secret@gpu.example.org',
  'https://gpu.example.org?token=x',
  'gpu.example.org:7443',
  'ftp://gpu.example.org',
  'unix://relative',
  '',
])('%j is no server that a token is sent to', (given) => {
  expect(() => serverAddress(given)).toThrow(refusal('usage.invalid'));
});

test('what is kept is its owner’s alone, and is refused when it is not', () => {
  writeCredentials(path, { current: server, servers: { [server]: { token, ca: null } } });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, '.config/ds01')).mode & 0o777).toBe(0o700);
  expect(readCredentials(path).servers[server]?.token).toBe(token);
  chmodSync(path, 0o640);
  expect(() => readCredentials(path)).toThrow(refusal('usage.invalid'));
  chmodSync(path, 0o600);
  writeFileSync(path, '{"token":1}');
  expect(() => readCredentials(path)).toThrow(refusal('usage.invalid'));
  expect(readCredentials(join(home, 'nothing.json'))).toEqual({ current: null, servers: {} });
});

test('a named server gets the token of the environment, else the one kept for it, never another’s', () => {
  writeCredentials(path, { current: server, servers: { [server]: { token, ca: 'PEM' } } });
  const own = { DS01_SERVER: `${server}/` };
  expect(namedServer(environmentOf(own), server)).toEqual({ url: server, token, ca: 'PEM' });
  const given = environmentOf({ ...own, DS01_TOKEN: 'ds01_other' });
  expect(namedServer(given, server)).toEqual({ url: server, token: 'ds01_other' });
  const other = 'https://evil.example.org';
  const elsewhere = () => namedServer(environmentOf({ DS01_SERVER: other }), other);
  expect(elsewhere).toThrow(refusal('token.invalid'));
  expect(keptServer(environmentOf({}))).toEqual({ url: server, token, ca: 'PEM' });
});

test('who logged in elsewhere is served from there, unless a daemon or its ledger is here', async () => {
  writeCredentials(path, { current: server, servers: { [server]: { token, ca: null } } });
  const options = {
    version: '0.1.0',
    actFor: null,
    dryRun: false,
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
    say: () => undefined,
  };
  const placeOf = async (env: NodeJS.ProcessEnv, uid?: number) => {
    const opened = await openApi(environmentOf(env, uid), options);
    opened.close();
    expect(opened.isHere ?? false).toBe(opened.remote !== true);
    return `${opened.mode} ${opened.remote === true ? 'elsewhere' : 'here'}`;
  };
  expect(await placeOf({})).toBe('daemon elsewhere');
  expect(await placeOf({ DS01_SERVER: 'unix:///run/x.sock' })).toBe('daemon here');
  expect(await placeOf({ DS01_SERVER: server })).toBe('daemon elsewhere');
  expect(await placeOf({ DS01_STATE_DIR: home })).toBe('embedded here');
  expect(await placeOf({}, 0)).toBe('embedded here');
});
