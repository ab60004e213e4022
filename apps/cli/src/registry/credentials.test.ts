import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { findAuths, type HelperRequest } from './credentials.ts';
import { registryOf } from './reference.ts';

/** `user:password` as `docker login` writes it. */
const encoded = (text: string): string => Buffer.from(text).toString('base64');

interface Given {
  readonly config: unknown;
  /** Answers of helpers by `program address`. */
  readonly helpers?: Readonly<Record<string, string>>;
}

async function find(references: readonly string[], { config, helpers = {} }: Given) {
  const said: string[] = [];
  const asked: string[] = [];
  const auths = await findAuths(references, {
    readConfig: async () =>
      Promise.resolve(typeof config === 'string' ? config : JSON.stringify(config)),
    askHelper: async ({ program, address }: HelperRequest) => {
      asked.push(`${program} ${address}`);
      return Promise.resolve(helpers[`${program} ${address}`] ?? null);
    },
    say: (line) => said.push(line),
    signal: new AbortController().signal,
  });
  return { auths, said, asked };
}

test.each([
  ['busybox', 'docker.io'],
  ['library/busybox:1', 'docker.io'],
  ['index.docker.io/library/busybox', 'docker.io'],
  ['localhost/x', 'localhost'],
  ['localhost:5000/team/x:v1', 'localhost:5000'],
  ['ghcr.io/owner/x@sha256:0123', 'ghcr.io'],
  ['[::1]:5000/x', '[::1]:5000'],
  ['host.example', 'docker.io'],
])('%s is of the registry %s', (reference, registry) => {
  expect(registryOf(reference)).toBe(registry);
});

describe('credentials from a Docker configuration', () => {
  test.each([
    'https://index.docker.io/v1/',
    'index.docker.io',
    'docker.io',
    'https://registry-1.docker.io/v2/',
  ])('of Docker’s own registry are found under %s', async (key) => {
    const config = { auths: { [key]: { auth: encoded('alice:pass:word') } } };
    const { auths } = await find(['pytorch/pytorch'], { config });
    expect(auths).toEqual({ 'docker.io': { username: 'alice', password: 'pass:word' } });
  });

  test('are those of the registries asked for, and of no other', async () => {
    const config = {
      auths: {
        'localhost:5000': { auth: encoded('a:1') },
        'https://ghcr.io': { username: 'b', password: '2' },
        'quay.io': { auth: encoded('c:3') },
        localhost: { auth: encoded('d:4') },
      },
    };
    const { auths } = await find(['localhost:5000/x', 'ghcr.io/y', 'nvcr.io/z'], { config });
    expect(auths).toEqual({
      'localhost:5000': { username: 'a', password: '1' },
      'ghcr.io': { username: 'b', password: '2' },
    });
  });

  test('may be an identity token, which comes before a password', async () => {
    const entry = { auth: encoded('00000000-0000:x'), identitytoken: 'token' };
    const { auths } = await find(['az.example.org/x'], {
      config: { auths: { 'az.example.org': entry } },
    });
    expect(auths).toEqual({ 'az.example.org': { identityToken: 'token' } });
  });

  test('come from the helper of the registry, by the address that is configured', async () => {
    const answer = JSON.stringify({ ServerURL: 'x', Username: 'alice', Secret: 'secret' });
    const { auths, asked } = await find(['ghcr.io/x', 'quay.io/y'], {
      config: { credHelpers: { 'ghcr.io': 'gh' }, credsStore: 'pass', auths: { 'quay.io': {} } },
      helpers: { 'docker-credential-gh ghcr.io': answer },
    });
    expect(asked).toEqual(['docker-credential-gh ghcr.io', 'docker-credential-pass quay.io']);
    expect(auths).toEqual({ 'ghcr.io': { username: 'alice', password: 'secret' } });
  });

  test('of a helper may be a token', async () => {
    const answer = JSON.stringify({ Username: '<token>', Secret: 'secret' });
    const { auths, asked } = await find(['busybox'], {
      config: { credsStore: 'pass' },
      helpers: { 'docker-credential-pass https://index.docker.io/v1/': answer },
    });
    expect(asked).toHaveLength(1);
    expect(auths).toEqual({ 'docker.io': { identityToken: 'secret' } });
  });

  test('without any there are none; a helper that has none is named', async () => {
    expect(await find(['busybox'], { config: {} })).toMatchObject({ auths: {}, said: [] });
    const { auths, said } = await find(['busybox'], { config: { credsStore: 'pass' } });
    expect(auths).toEqual({});
    expect(said).toEqual([expect.stringContaining('docker-credential-pass')]);
  });

  test.each(['x/../../bin/sh', 'a b', '', '$(id)', 'a;b'])(
    'the name %j is no helper, and nothing is run',
    async (credsStore) => {
      expect((await find(['busybox'], { config: { credsStore } })).asked).toEqual([]);
    },
  );

  test.each(['{"auths": {"x": "canary', '[]', '{"auths": 5}', 'canary'])(
    'a configuration that is none is said, and shows nothing of itself: %s',
    async (config) => {
      const { auths, said } = await find(['busybox'], { config });
      expect(auths).toEqual({});
      expect(said).toHaveLength(1);
      expect(said.join('')).not.toContain('canary');
    },
  );

  test.each(['', encoded('nocolon'), encoded(':nobody'), '***'])(
    'an entry that holds nothing usable counts as none: %j',
    async (auth) => {
      const { auths } = await find(['quay.io/x'], { config: { auths: { 'quay.io': { auth } } } });
      expect(auths).toEqual({});
    },
  );
});
