import { expect, test } from 'vitest';
import { createHostNames } from './host-names.ts';

test('the loopback has its addresses, a name that nobody knows has none', async () => {
  const names = createHostNames();
  expect(await names.addressesOf('localhost')).toContain('127.0.0.1');
  expect(await names.addressesOf('no-such-name.invalid')).toEqual([]);
});

test('a resolver that fails, and one that never answers, know of no address', async () => {
  const failing = createHostNames(() => Promise.reject(new Error('broken')));
  expect(await failing.addressesOf('example.org')).toEqual([]);
  const silent = createHostNames(() => new Promise(() => undefined));
  expect(await silent.addressesOf('example.org')).toEqual([]);
});
