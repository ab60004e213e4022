import { Buffer } from 'node:buffer';
import { checkedPath } from '@ds01/as-user';
import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { FilePinRequest, FolderPinRequest, PinRequest, SecretsPinRequest } from '@ds01/ports';

/** A request with the name of its place below `pins/<key>`, and what people see of it. */
export type PlacedRequest = {
  readonly place: string;
  readonly source: string;
} & (
  | { readonly request: FolderPinRequest }
  | { readonly request: FilePinRequest }
  | { readonly request: SecretsPinRequest }
);

/** Name of the place of a key's secrets. */
export const secretsPlace = 'secrets';

/** Whether a place is one of a person's folder. */
export function isFolderPlace(place: string): boolean {
  return /^\d+$/.test(place);
}

/** What all secrets of a container may take together. */
export const secretsSizeBytes = 1024 * 1024;

const pageBytes = 4096;

/**
 * Gives each request its place: folders are counted, files have their names, so the same requests
 * have the same places when a key is pinned again. Fails with `workspace.invalid`,
 * `request.invalid` and `request.too-large`.
 */
export function placesOf(requests: readonly PinRequest[]): readonly PlacedRequest[] {
  let folders = 0;
  const placed = requests.map((request): PlacedRequest => {
    if (request.kind === 'folder') {
      const folder = checkedPath(request.folder);
      return { request: { ...request, folder }, place: String(folders++), source: folder };
    }
    if (request.kind === 'file') {
      const isName = /^[a-z][a-z0-9-]{0,99}$/.test(request.name) && request.name !== secretsPlace;
      if (!isName) throw invalidName(request.name);
      return { request, place: request.name, source: `ds01:${request.name}` };
    }
    checkSecrets(request);
    return { request, place: secretsPlace, source: 'ds01:secrets' };
  });
  const twice = placed.find(({ place }, at) => placed.findIndex((it) => it.place === place) !== at);
  if (twice !== undefined) throw invalidName(twice.place);
  return placed;
}

function checkSecrets({ files }: SecretsPinRequest): void {
  const names = new Set<string>();
  let total = 0;
  for (const { name, bytes } of files ?? []) {
    const isName = name !== '' && name !== '.' && name !== '..' && !/[/\0\n]/.test(name);
    if (!isName || Buffer.byteLength(name) > 255 || names.has(name)) throw invalidName(name);
    names.add(name);
    total += Math.max(1, Math.ceil(bytes.length / pageBytes)) * pageBytes;
  }
  if (total > secretsSizeBytes) {
    throw ds01Error('request.too-large', {
      message: `The secrets of a container may take ${secretsSizeBytes / 1024} KiB together, each rounded up to 4 KiB; these take ${total / 1024} KiB.`,
      details: { totalBytes: total, maxBytes: secretsSizeBytes },
    });
  }
}

/** `secrets.lost`: they were in memory only. */
export function secretsLost(): Ds01Error {
  return ds01Error('secrets.lost', {
    message: 'The secrets of this container are gone; they are kept in memory only.',
    hint: 'Remove the container and deploy it again with its --secret options.',
  });
}

/** The key itself; anything but `[a-z0-9]` is a mistake of the caller's program. */
export function requireKey(key: string): string {
  if (!/^[a-z0-9]+$/.test(key)) throw new Error(`${JSON.stringify(key)} can't be a key of pins`);
  return key;
}

function invalidName(name: string): Ds01Error {
  return ds01Error('request.invalid', {
    message: `${JSON.stringify(name)} can't be the name of a file here, or is there twice.`,
    details: { name },
  });
}
