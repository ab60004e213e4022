import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createdTokenSchema, type TokenScope } from '@ds01/contracts/service';
import { requestOf, sendAs } from './callers.ts';
import type { DaemonSandbox } from './use-sandbox.ts';

/** A certificate for 127.0.0.1, signed by itself, in a folder of its own. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Text of the certificate. */
  readonly pem: () => string;
  readonly remove: () => void;
}

/** Makes a key and a certificate that counts for a day. */
export function makeCertificate(): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-tls-'));
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const names = ['-subj', '/CN=ds01', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate, '-noenc', '-days', '1'];
  execFileSync('openssl', [...words, ...names, ...files], { stdio: 'pipe' });
  // The key stays root's; everybody checks a server by its certificate.
  chmodSync(folder, 0o755);
  return {
    certificate,
    key,
    pem: () => readFileSync(certificate, 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Makes a token at the socket, and gives its id and its secret. */
export async function tokenOf(
  sandbox: DaemonSandbox,
  who: string,
  scope: TokenScope,
): Promise<{ readonly id: string; readonly secret: string }> {
  const request = requestOf('tokens.create', { name: `${who} ${scope}`, scope });
  const [answer] = await sendAs(sandbox, who, [request]);
  if (answer?.status !== 200) throw new Error(answer?.body ?? 'no answer');
  const { token, secret } = createdTokenSchema.parse(JSON.parse(answer.body));
  return { id: token.id, secret };
}
