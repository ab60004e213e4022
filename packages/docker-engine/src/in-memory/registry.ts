import { createHash } from 'node:crypto';
import { ds01Error, type RegistryAuth } from '@ds01/contracts';
import type { ImageHistoryEntry } from '@ds01/ports';
import { partsOf } from '../registry-auth.ts';
import type { MemoryContext } from './context.ts';
import type { MemoryFiles } from './files.ts';
import { addImage, needImage, type InMemoryImage } from './image-calls.ts';
import { tagged } from './state.ts';

/** Who may use a registry. */
export interface InMemoryAccount {
  readonly username: string;
  readonly password: string;
}

interface Kept {
  readonly image: InMemoryImage;
  readonly files: MemoryFiles | undefined;
  readonly history: readonly ImageHistoryEntry[] | undefined;
}

/** All registries of the world, by reference. */
export interface InMemoryRegistry {
  find(reference: string): Kept | undefined;
  keep(reference: string, kept: Kept): void;
  /** Whether these credentials open the registry; one without accounts is open to all. */
  admits(registry: string, auth: RegistryAuth | null): boolean;
}

/** Registries with these images; those of `accounts` want a password. */
export function createRegistry(
  images: readonly InMemoryImage[],
  accounts: Readonly<Record<string, InMemoryAccount>>,
): InMemoryRegistry {
  const kept = new Map<string, Kept>();
  for (const image of images) {
    const whole = { image, files: undefined, history: undefined };
    for (const tag of image.tags) kept.set(tagged(tag), whole);
    for (const digest of image.digests ?? []) kept.set(digest, whole);
  }
  return {
    find: (reference) => kept.get(reference.includes('@') ? reference : tagged(reference)),
    keep: (reference, one) => void kept.set(reference, one),
    admits(registry, auth) {
      const account = accounts[registry];
      if (account === undefined) return true;
      if (auth === null || 'identityToken' in auth) return false;
      return auth.username === account.username && auth.password === account.password;
    },
  };
}

/** Pulls; `image.not-found`, `registry.denied`. The same image pulled again is the one that is there. */
export function pull(context: MemoryContext, reference: string, auth: RegistryAuth | null): void {
  const found = admitted(context, reference, auth, 'pulled').find(reference);
  if (found === undefined) {
    throw ds01Error('image.not-found', {
      message: `${reference} could not be pulled: manifest unknown`,
      details: { reference },
    });
  }
  const { image, files, history } = found;
  const digest = image.digests?.[0] ?? digestOf(reference, image.layers ?? image.tags);
  const present = context.state.images.find(({ digests }) => digests.includes(digest));
  const tags = reference.includes('@') ? [] : [tagged(reference)];
  if (present === undefined) {
    const origin = history === undefined ? undefined : { parent: null, history };
    addImage(context, { ...image, tags, digests: [digest] }, files, origin);
    return;
  }
  context.state.images = context.state.images.map((other) => {
    const others = other.tags.filter((tag) => !tags.includes(tag));
    return { ...other, tags: other === present ? [...others, ...tags] : others };
  });
}

/** Pushes and gives the digest; `image.not-found`, `registry.denied`. */
export function push(context: MemoryContext, reference: string, auth: RegistryAuth | null): string {
  const { state } = context;
  const image = needImage(state, reference);
  const registry = admitted(context, reference, auth, 'pushed');
  const digest = digestOf(reference, [image.id]);
  const { id, createdAtMs: _made, ...rest } = image;
  registry.keep(tagged(reference), {
    image: { ...rest, tags: [tagged(reference)], digests: [digest] },
    files: state.imageFiles.get(id),
    history: state.imageOrigins
      .get(id)
      ?.history.map((entry, index) => (index === 0 ? entry : { ...entry, id: null })),
  });
  registry.keep(digest, {
    image: { ...rest, tags: [], digests: [digest] },
    files: state.imageFiles.get(id),
    history: undefined,
  });
  const digests = [...new Set([...image.digests, digest])];
  state.images = state.images.map((other) => (other === image ? { ...other, digests } : other));
  return digest.slice(digest.indexOf('@') + 1);
}

function admitted(
  { registry }: MemoryContext,
  reference: string,
  auth: RegistryAuth | null,
  verb: string,
): InMemoryRegistry {
  if (registry.admits(partsOf(reference).registry, auth)) return registry;
  throw ds01Error('registry.denied', {
    message: `${reference} could not be ${verb}: unauthorized: authentication required`,
    details: { reference },
  });
}

function digestOf(reference: string, content: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `${partsOf(reference).repository}@sha256:${hash}`;
}
