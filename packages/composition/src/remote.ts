import { readFileSync } from 'node:fs';
import type { AddressTarget } from '@ds01/client';
import { ds01Error } from '@ds01/contracts/core';
import { readCredentials } from './credentials.ts';
import type { Environment } from './environment.ts';

/**
 * The server that `DS01_SERVER` names, with the token that is kept for it or stands in `DS01_TOKEN`.
 * Fails with `token.invalid` without a token, and with the errors of {@link readCredentials}.
 */
export function namedServer(environment: Environment, url: string): AddressTarget {
  const { serverToken, serverCa, credentialsFile } = environment;
  const kept =
    serverToken === null && credentialsFile !== null
      ? readCredentials(credentialsFile).servers[url]
      : undefined;
  const token = serverToken ?? kept?.token;
  if (token === undefined) throw loggedOut(url);
  const ca = serverCa === null ? kept?.ca : caIn(serverCa);
  return { url, token, ...(ca === null || ca === undefined ? {} : { ca }) };
}

/** The server that somebody logged in to last; `null` without. Fails like {@link namedServer}. */
export function keptServer({ credentialsFile }: Environment): AddressTarget | null {
  if (credentialsFile === null) return null;
  const { current, servers } = readCredentials(credentialsFile);
  const kept = current === null ? undefined : servers[current];
  if (current === null || kept === undefined) return null;
  return { url: current, token: kept.token, ...(kept.ca === null ? {} : { ca: kept.ca }) };
}

/** Certificates of a file. Fails with `file.denied`. */
export function caIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw ds01Error('file.denied', {
      message: `The certificates in ${path} can not be read.`,
      hint: `ls -l ${path}`,
      cause: error,
    });
  }
}

function loggedOut(url: string) {
  return ds01Error('token.invalid', {
    message: `You are not logged in to ${url}.`,
    hint: `ds01 login ${url}`,
    details: { server: url },
  });
}
