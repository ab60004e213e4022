import type { RegistryAuth } from '@ds01/contracts';

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
