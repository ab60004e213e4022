import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { SiteSettings } from '@ds01/contracts';

/** Where certificate and key are. */
export type TlsPaths = NonNullable<SiteSettings['server']['tls']>;

/** A certificate with its chain, and its key, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Reads both. Fails for what clients would find out: one that has expired, or isn't the key's. */
export function readTlsFiles({ certificate, key }: TlsPaths): TlsFiles {
  const files = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  const parsed = new X509Certificate(files.cert);
  if (parsed.validToDate.getTime() < Date.now()) throw new Error(`${certificate} has expired`);
  if (parsed.checkPrivateKey(createPrivateKey(files.key))) return files;
  throw new Error(`${key} is not the key of ${certificate}`);
}

/** What changes when one of them is replaced; empty while one is missing. */
export function tlsStamp({ certificate, key }: TlsPaths): string {
  return [certificate, key]
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((facts) => (facts === undefined ? '' : `${facts.ino}:${facts.size}:${facts.mtimeMs}`))
    .join(' ');
}
