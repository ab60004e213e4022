import { ds01Error, type Ds01Error, type RegistryAuth } from '@ds01/contracts';

/** Names of the headers that carry credentials; the engine passes them on and keeps nothing. */
export const registryAuthHeader = 'X-Registry-Auth';

/**
 * Value of `X-Registry-Auth` (Engine API, Authentication): URL-safe base64 of JSON. Anonymous is an
 * empty object, since a push without the header is read in an older form.
 */
export function registryAuthValue(auth: RegistryAuth | null, registry: string): string {
  const json = JSON.stringify(auth === null ? {} : { ...wireOf(auth), serveraddress: registry });
  return Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function wireOf(auth: RegistryAuth): Readonly<Record<string, string>> {
  if ('identityToken' in auth) return { identitytoken: auth.identityToken };
  return { username: auth.username, password: auth.password };
}

/**
 * An error without what a registry was told: one may say back what it was sent, in its own words. Other
 * encodings than those of HTTP and URLs aren't recognised.
 */
export function withoutSecrets(error: Ds01Error, auth: RegistryAuth | null): Ds01Error {
  const secrets = auth === null ? [] : formsOf(auth);
  if (secrets.length === 0) return error;
  const strip = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  const { code, message, hint, retryable } = error;
  const details = Object.fromEntries(
    Object.entries(error.details).map(([key, value]) => [
      key,
      typeof value === 'string' ? strip(value) : value,
    ]),
  );
  return ds01Error(code, { message: strip(message), hint: hint ?? undefined, details, retryable });
}

/** As it is, as HTTP's Basic authentication has it (RFC 7617), and as in a URL; longest first. */
function formsOf(auth: RegistryAuth): readonly string[] {
  const secret = 'identityToken' in auth ? auth.identityToken : auth.password;
  // Shorter ones are parts of words.
  if (secret.length < 4) return [];
  const texts = 'identityToken' in auth ? [secret] : [`${auth.username}:${secret}`, secret];
  const forms = texts.flatMap((text) => [
    text,
    encodeURIComponent(text.toWellFormed()),
    ...(['base64', 'base64url'] as const).flatMap((encoding) => {
      const encoded = Buffer.from(text).toString(encoding);
      return [encoded, encoded.replace(/=+$/, '')];
    }),
  ]);
  return [...new Set(forms)].toSorted((one, other) => other.length - one.length);
}

/** Where a reference lives and what it is called there: tag or digest apart. */
export interface ReferenceParts {
  /** Host and port; `docker.io` when the reference names none. */
  readonly registry: string;
  readonly repository: string;
  /** Tag, or digest (`sha256:…`); `latest` when the reference has neither. */
  readonly version: string;
}

/** Takes a reference apart as the engine does (distribution's reference grammar). */
export function partsOf(reference: string): ReferenceParts {
  const [named = '', digest] = reference.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const repository = hasTag ? named.slice(0, colon) : named;
  const [first = '', ...rest] = repository.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return {
    registry: isHost ? first : 'docker.io',
    repository,
    version: digest ?? (hasTag ? named.slice(colon + 1) : 'latest'),
  };
}
