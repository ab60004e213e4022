import { ds01Error } from '@ds01/contracts/core';

/** An address taken apart. */
export interface Address {
  readonly isSecure: boolean;
  /** Name, or address without brackets. */
  readonly host: string;
  /** Empty for the usual one. */
  readonly port: string;
  /** What stands before every path, without a slash at its end. */
  readonly prefix: string;
  /** All of it as text, without a slash at its end. */
  readonly text: string;
}

/**
 * The parts of a daemon's address. Fails with `usage.invalid` for what is no address: another scheme,
 * an account, a query.
 */
export function addressOf(url: string): Address {
  const parsed = URL.parse(url);
  const isWeb = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  const extras =
    parsed === null ? '' : parsed.username + parsed.password + parsed.search + parsed.hash;
  if (parsed === null || !isWeb || extras !== '') {
    throw ds01Error('usage.invalid', {
      message: `${JSON.stringify(url)} is no address of a daemon.`,
      hint: 'https://HOST:PORT',
    });
  }
  const prefix = parsed.pathname.replace(/\/+$/, '');
  return {
    isSecure: parsed.protocol === 'https:',
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port,
    prefix,
    text: `${parsed.origin}${prefix}`,
  };
}

/** The header that a token is sent in. Fails with `token.invalid` for text that fits in no header. */
export function authorizationOf(token: string): string {
  if (/^[!-~]+$/.test(token)) return `Bearer ${token}`;
  throw ds01Error('token.invalid', {
    message: 'The token is empty, or has characters that no token has.',
    hint: 'ds01 token list',
  });
}
