import { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { switchFlag } from '@ds01/command-line';
import type { RegistryAuth } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { personOf, type Person } from '../person/person.ts';
import {
  helperFor,
  parseDockerConfig,
  parseHelperAnswer,
  storedAuth,
  type DockerConfig,
} from './docker-config.ts';
import { registryOf } from './reference.ts';

/** No `config.json` of anybody's is larger. */
const maxBytes = 1024 * 1024;

/** What a credential helper is asked. */
export interface HelperRequest {
  readonly program: string;
  readonly address: string;
  readonly signal: AbortSignal;
}

/** Where credentials come from. */
export interface CredentialSources {
  /** Text of the person's `config.json`; `null` without. */
  readonly readConfig: () => Promise<string | null>;
  /** What a helper prints; `null` when it fails or isn't there. */
  readonly askHelper: (request: HelperRequest) => Promise<string | null>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The credentials that the person for whom a command acts has for the registries of some references,
 * by registry; those without are left out. They come from the person's own Docker configuration
 * (`$DOCKER_CONFIG/config.json` or `~/.docker/config.json`) and its credential helpers. What can't be
 * read is said, and counts as none. A preview reads nothing.
 */
export async function registryAuthsFor(
  context: Pick<CommandContext, 'flags' | 'output' | 'runtime' | 'signal'>,
  references: readonly string[],
): Promise<Readonly<Record<string, RegistryAuth>>> {
  if (references.length === 0 || switchFlag(context.flags, 'dryRun')) return {};
  const { output, signal } = context;
  const person = await personOf(context);
  const { runHelper } = await import('./run-helper.ts');
  return findAuths(references, {
    readConfig: () => readConfigOf(person, process.env['DOCKER_CONFIG'] ?? ''),
    askHelper: (request) => runHelper(person, request),
    say: (line) => output.say(line),
    signal,
  });
}

/** As {@link registryAuthsFor}, for one reference; `null` without. */
export async function registryAuthFor(
  context: Pick<CommandContext, 'flags' | 'output' | 'runtime' | 'signal'>,
  reference: string,
): Promise<RegistryAuth | null> {
  const auths = await registryAuthsFor(context, [reference]);
  return auths[registryOf(reference)] ?? null;
}

/** The credentials of the registries of some references, from given sources. */
export async function findAuths(
  references: readonly string[],
  sources: CredentialSources,
): Promise<Readonly<Record<string, RegistryAuth>>> {
  const config = await readConfig(sources);
  if (config === null) return {};
  const auths: [string, RegistryAuth][] = [];
  for (const registry of new Set(references.map(registryOf))) {
    const auth = await authOf(registry, config, sources);
    if (auth !== null) auths.push([registry, auth]);
  }
  return Object.fromEntries(auths);
}

async function readConfig({ readConfig: read, say }: CredentialSources) {
  let text: string | null;
  try {
    text = await read();
  } catch {
    say('your Docker configuration can’t be read; going on without credentials');
    return null;
  }
  if (text === null) return null;
  const config = parseDockerConfig(text);
  if (config === null) say('your Docker configuration is not valid; going on without credentials');
  return config;
}

async function authOf(
  registry: string,
  config: DockerConfig,
  { askHelper, say, signal }: CredentialSources,
): Promise<RegistryAuth | null> {
  const helper = helperFor(config, registry);
  if (helper !== null) {
    const answer = await askHelper({ ...helper, signal });
    signal.throwIfAborted();
    const auth = answer === null ? null : parseHelperAnswer(answer);
    if (auth !== null) return auth;
  }
  const stored = storedAuth(config, registry);
  if (stored === null && helper !== null) {
    say(`${helper.program} has no credentials for ${registry}; going on without`);
  }
  return stored;
}

/** Root that acts for a person has another environment than theirs. */
async function readConfigOf({ account, home }: Person, ownFolder: string): Promise<string | null> {
  const folder = account === null && ownFolder !== '' ? ownFolder : join(home, '.docker');
  const path = join(folder, 'config.json');
  if (account === null) return ownText(path);
  const { readFileOf } = await import('@ds01/as-user');
  const bytes = await readFileOf({ account, path, maxBytes, within: null });
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}

/** A link to it is fine; a pipe that nobody writes to, or what has no end, keeps nobody waiting. */
async function ownText(path: string): Promise<string | null> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile() || found.size > maxBytes) throw new Error('it is no plain file');
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return null;
    throw error;
  }
}
