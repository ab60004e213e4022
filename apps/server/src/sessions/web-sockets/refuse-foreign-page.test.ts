import { expect, test } from 'vitest';
import type { NetworkDoor } from '../../doors/doors.ts';
import { refuseForeignPage } from './refuse-foreign-page.ts';

const address = '192.0.2.1';
const plain: NetworkDoor = { secure: false, address };
const encrypted: NetworkDoor = { secure: true, address };
const socket = null;
const host = 'gpu.example.org:7443';

function isLetIn(
  door: NetworkDoor | null,
  origins: readonly string[],
  known: readonly string[] = [],
): boolean {
  const message = {
    headers: { host },
    headersDistinct: origins.length === 0 ? {} : { origin: [...origins] },
  };
  try {
    refuseForeignPage(message, { door, origins: known });
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['a program', encrypted, [], true],
  ['a program at the socket', socket, [], true],
  ['a page of the address', encrypted, [`https://${host}`], true],
  ['one that came without encryption', encrypted, [`http://${host}`], false],
  ['a page of the address without TLS', plain, [`http://${host}`], true],
  ['a page of the address behind a proxy with TLS', plain, [`https://${host}`], true],
  ['a page that reaches the socket by a name of its own', socket, [`http://${host}`], false],
  ['a page of another port', encrypted, ['https://gpu.example.org'], false],
  ['a page of another host', encrypted, ['https://evil.example.org'], false],
  ['a page without an origin', plain, ['null'], false],
  ['a page of no known scheme', plain, [`ftp://${host}`], false],
  ['two pages, one of them the address’s', encrypted, [`https://${host}`, 'null'], false],
  ['an empty origin', plain, [''], false],
] as const)('of %s it is known whether it may', (_, door, origins, expected) => {
  expect(isLetIn(door, origins)).toBe(expected);
});

test('a page of a known origin may at each door, and no other one', () => {
  const known = ['https://lab.example.org/'];
  for (const door of [socket, plain, encrypted]) {
    expect(isLetIn(door, ['https://lab.example.org'], known)).toBe(true);
    expect(isLetIn(door, ['https://lab.example.org:8443'], known)).toBe(false);
    expect(isLetIn(door, ['https://lab.example.org.evil.example'], known)).toBe(false);
  }
});
