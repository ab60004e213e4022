import { expect, test } from 'vitest';
import { addressOf, authorizationOf } from './address.ts';
import { createClient } from './client.ts';
import { token } from './testing/doors.ts';

test.each([
  ['http://127.0.0.1:7480', ['127.0.0.1', '7480', '', false]],
  ['https://gpu.example.org', ['gpu.example.org', '', '', true]],
  ['https://[2001:db8::1]:7443/', ['2001:db8::1', '7443', '', true]],
  ['https://example.org/lab/ds01/', ['example.org', '', '/lab/ds01', true]],
] as const)('%s is an address', (url, parts) => {
  const { host, port, prefix, isSecure } = addressOf(url);
  expect([host, port, prefix, isSecure]).toEqual(parts);
});

test.each([
  '',
  'gpu.example.org',
  'ftp://a',
  'unix:///run/a',
  'http://a:b@c',
  'http://a?b',
  'http://a#b',
])('%j is none, and is refused before anything is sent', (url) => {
  expect(() => createClient({ url, token, version: '1.2.3' })).toThrow(
    expect.objectContaining({ code: 'usage.invalid' }),
  );
});

test.each(['', 'a b', 'a\r\nx-evil: 1', 'ä'])('%j is no token', (text) => {
  expect(() => authorizationOf(text)).toThrow(expect.objectContaining({ code: 'token.invalid' }));
});

test('an address where nobody listens is said, with its name', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1', token, version: '1.2.3', retry: false });
  await expect(client.call('daemon.health', {})).rejects.toMatchObject({
    code: 'daemon.unreachable',
    message: 'The DS01 daemon does not answer at http://127.0.0.1:1.',
  });
});
