import {
  ds01Error,
  secretFingerprintOf,
  type DeployRequest,
  type Ds01Error,
} from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts';
import type { DeployInput } from './input.ts';

/** A file of /run/secrets. */
export interface Secret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const namePattern = /^[A-Za-z0-9._-]{1,64}$/;
const maxBytes = 512 * 1024;

/** The bytes of the given secrets. Fails with `usage.invalid`, never showing what they say. */
export function readSecrets(input: Pick<DeployInput, 'secrets'>, name: string): readonly Secret[] {
  const names = new Set<string>();
  const secrets = input.secrets.map((given) => {
    if (!namePattern.test(given.name) || /^\.\.?$/.test(given.name)) {
      throw invalid(`${JSON.stringify(given.name)} can't be the name of a secret.`, name);
    }
    if (names.has(given.name)) throw invalid(`Two secrets are named ${given.name}.`, name);
    names.add(given.name);
    return { name: given.name, bytes: decode(given, name) };
  });
  const total = secrets.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  if (total <= maxBytes) return secrets;
  const message = `Secrets may have ${formatBytes(maxBytes)} together, not ${formatBytes(total)}.`;
  throw invalid(message, name);
}

function decode(
  secret: { readonly name: string; readonly base64: string },
  container: string,
): Uint8Array {
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(secret.base64) && secret.base64.length % 4 === 0;
  if (!isBase64) throw invalid(`The secret ${secret.name} is not in base64.`, container);
  const text = atob(secret.base64);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function invalid(message: string, name: string): Ds01Error {
  return ds01Error('usage.invalid', {
    message,
    hint: `ds01 container deploy ${name} --secret FILE`,
  });
}

/** What a request keeps of its secrets. */
export function fingerprintsOf(
  secrets: readonly Secret[],
  signingKey: Uint8Array,
): DeployRequest['secrets'] {
  return secrets
    .map(({ name, bytes }) => ({ name, hmac: secretFingerprintOf(bytes, signingKey) }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
