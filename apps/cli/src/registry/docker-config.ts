import { Buffer } from 'node:buffer';
import type { RegistryAuth } from '@ds01/contracts';
import { z } from 'zod';
import { dockerHub, hostOf } from './reference.ts';

const entrySchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/** `config.json` of Docker's client, as far as it is about credentials (docker-login(1)). */
const configSchema = z.object({
  auths: z.record(z.string(), entrySchema).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

/** Where a person's credentials are. */
export type DockerConfig = z.infer<typeof configSchema>;

/** What a credential helper answers to `get`. */
const helperAnswerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** Reads the text of `config.json`; `null` when it is none. */
export function parseDockerConfig(text: string): DockerConfig | null {
  const parsed = jsonSchema.pipe(configSchema).safeParse(text);
  return parsed.success ? parsed.data : null;
}

/** Credentials that stand in the file itself; `null` without, and for an entry that holds nothing. */
export function storedAuth(config: DockerConfig, registry: string): RegistryAuth | null {
  const found = Object.entries(config.auths ?? {}).filter(([key]) => hostOf(key) === registry);
  for (const [, entry] of found) {
    if ((entry.identitytoken ?? '') !== '') return { identityToken: entry.identitytoken ?? '' };
    const auth = decodeAuth(entry.auth ?? '') ?? plainAuth(entry);
    if (auth !== null) return auth;
  }
  return null;
}

/**
 * The helper that keeps the credentials of a registry, and by which address it knows it; `null` when
 * there is none, or none that could be a program's name.
 */
export function helperFor(
  config: DockerConfig,
  registry: string,
): { readonly program: string; readonly address: string } | null {
  const own = Object.entries(config.credHelpers ?? {}).find(([key]) => hostOf(key) === registry);
  const suffix = own?.[1] ?? config.credsStore ?? '';
  if (!/^[\w.-]{1,64}$/.test(suffix)) return null;
  const known = own?.[0] ?? Object.keys(config.auths ?? {}).find((key) => hostOf(key) === registry);
  const address = known ?? (registry === dockerHub ? 'https://index.docker.io/v1/' : registry);
  return { program: `docker-credential-${suffix}`, address };
}

/** Credentials of a helper's answer; `null` when it has none. */
export function parseHelperAnswer(text: string): RegistryAuth | null {
  const parsed = jsonSchema.pipe(helperAnswerSchema).safeParse(text);
  if (!parsed.success || parsed.data.Secret === '') return null;
  const { Username: username, Secret: secret } = parsed.data;
  // The protocol's word for a token that is no password.
  if (username === '<token>') return { identityToken: secret };
  return username === '' ? null : { username, password: secret };
}

const jsonSchema = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'no JSON' });
    return z.NEVER;
  }
});

/** `auth` is `user:password` in base64; some programs end it with NULs. */
function decodeAuth(encoded: string): RegistryAuth | null {
  const text = Buffer.from(encoded, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 1 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function plainAuth({ username, password }: z.infer<typeof entrySchema>): RegistryAuth | null {
  const isThere = (username ?? '') !== '' && password !== undefined;
  return isThere ? { username: username ?? '', password: password ?? '' } : null;
}
