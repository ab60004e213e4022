import { ds01Error } from '@ds01/contracts';
import type {
  CommitConfig,
  CommitTarget,
  ImageDetails,
  ImageHistoryEntry,
  LayerChange,
} from '@ds01/ports';
import { conflict } from './conflict.ts';
import { announce } from './container-calls.ts';
import type { MemoryContext } from './context.ts';
import { filesOf, type InMemoryFile, type MemoryFiles } from './files.ts';
import {
  findContainer,
  findImage,
  nextIdentity,
  tagged,
  type ImageOrigin,
  type MemoryContainer,
  type MemoryState,
} from './state.ts';

/** An image to begin with, or one that can be pulled. */
export interface InMemoryImage {
  /** `repository:tag`; the tag `latest` may be left out. */
  readonly tags: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly onBuild?: readonly string[];
  readonly digests?: readonly string[];
  readonly layers?: readonly string[];
  readonly sizeBytes?: number;
  /** By absolute path; the folders above them are there too. */
  readonly files?: Readonly<Record<string, InMemoryFile>>;
}

const importedSizeBytes = 1_000_000;

/** Adds an image; its tags leave other images. */
export function addImage(
  context: MemoryContext,
  image: InMemoryImage,
  files: MemoryFiles = filesOf(image.files ?? {}),
  origin?: ImageOrigin,
): ImageDetails {
  const { state, clock } = context;
  const tags = image.tags.map(tagged);
  const id = `sha256:${nextIdentity(state)}`;
  const sizeBytes = image.sizeBytes ?? importedSizeBytes;
  const added: ImageDetails = {
    id,
    tags,
    digests: image.digests ?? [],
    sizeBytes,
    createdAtMs: clock.nowMs(),
    command: image.command ?? ['sh'],
    entrypoint: image.entrypoint ?? [],
    env: image.env ?? [],
    labels: image.labels ?? {},
    user: image.user ?? '',
    workingDirectory: image.workingDirectory ?? '',
    onBuild: image.onBuild ?? [],
    layers: image.layers ?? [`sha256:${nextIdentity(state)}`],
  };
  takeTags(state, tags);
  state.images = [...state.images, added];
  state.imageFiles.set(id, files);
  const imported = { id, createdBy: '', createdAtMs: added.createdAtMs, sizeBytes };
  const [last = imported, ...before] = origin?.history ?? [];
  const history = [{ ...last, id }, ...before];
  state.imageOrigins.set(id, { parent: origin?.parent ?? null, history });
  return added;
}

/** Tags lead to one image only. */
function takeTags(state: MemoryState, tags: readonly string[]): void {
  state.images = state.images.map((other) => ({
    ...other,
    tags: other.tags.filter((tag) => !tags.includes(tag)),
  }));
}

/** An image that is there. Throws `image.not-found`. */
export function needImage(state: MemoryState, reference: string): ImageDetails {
  const image = findImage(state, reference);
  if (image !== undefined) return image;
  throw ds01Error('image.not-found', { message: `No such image: ${reference}` });
}

/** What the engine lists: images that are only steps of others are left out. */
export function listImages(state: MemoryState): readonly ImageDetails[] {
  return state.images.filter(({ id, tags }) => tags.length > 0 || childrenOf(state, id) === 0);
}

/** The steps of an image, newest first. */
export function historyOf(state: MemoryState, reference: string): readonly ImageHistoryEntry[] {
  return state.imageOrigins.get(needImage(state, reference).id)?.history ?? [];
}

/** Tags an image; a tag that leads elsewhere moves. */
export function tagImage(
  { state }: MemoryContext,
  source: string,
  target: { readonly repository: string; readonly tag: string },
): void {
  const { id } = needImage(state, source);
  const tag = `${target.repository}:${target.tag}`;
  takeTags(state, [tag]);
  state.images = state.images.map((image) =>
    image.id === id ? { ...image, tags: [...image.tags, tag] } : image,
  );
}

/** Removes a tag, and with the last one the image and its untagged parents; an id takes all tags. */
export function removeImage(
  { state }: MemoryContext,
  reference: string,
  force: boolean,
): { readonly untagged: readonly string[]; readonly deleted: readonly string[] } {
  const image = needImage(state, reference);
  if (image.tags.length > 0 && image.digests.includes(reference)) {
    const digests = image.digests.filter((digest) => digest !== reference);
    state.images = state.images.map((other) => (other === image ? { ...other, digests } : other));
    return { untagged: [reference], deleted: [] };
  }
  const untagged = image.tags.includes(tagged(reference)) ? [tagged(reference)] : image.tags;
  const tags = image.tags.filter((tag) => !untagged.includes(tag));
  const users = [...state.containers.values()].filter(
    ({ details }) => details.imageId === image.id,
  );
  const isRunning = users.some(({ process }) => process !== null);
  const [user] = users;
  if (tags.length === 0 && user !== undefined && (!force || isRunning)) {
    throw conflict(`unable to remove ${reference}: container ${user.details.id} is using it`);
  }
  const isId = untagged.length !== 1 || untagged[0] !== tagged(reference);
  if (isId && childrenOf(state, image.id) > 0) {
    throw conflict(`unable to delete ${reference}: image has dependent child images`);
  }
  state.images = state.images.map((other) => (other === image ? { ...other, tags } : other));
  if (tags.length > 0 || users.length > 0) return { untagged, deleted: [] };
  return { untagged, deleted: deleteUnused(state, image.id) };
}

/** The image, and its parents, as far as nothing needs them. */
function deleteUnused(state: MemoryState, id: string): readonly string[] {
  const image = state.images.find((other) => other.id === id);
  const isUsed =
    image === undefined ||
    image.tags.length > 0 ||
    childrenOf(state, id) > 0 ||
    [...state.containers.values()].some(({ details }) => details.imageId === id);
  if (isUsed) return [];
  const parent = state.imageOrigins.get(id)?.parent ?? null;
  state.images = state.images.filter((other) => other.id !== id);
  state.imageOrigins.delete(id);
  state.imageFiles.delete(id);
  return [id, ...(parent === null ? [] : deleteUnused(state, parent))];
}

function childrenOf(state: MemoryState, id: string): number {
  return [...state.imageOrigins.values()].filter(({ parent }) => parent === id).length;
}

/** Commits a container's configuration and files as an image. */
export function commit(
  context: MemoryContext,
  id: string,
  target: Pick<CommitTarget, 'repository' | 'tag' | 'config'>,
): string {
  const container = findContainer(context.state, id);
  const { imageId } = container.details;
  const { command, env, labels, user, workingDirectory } = committed(container, target.config);
  const base = context.state.images.find((image) => image.id === imageId);
  const layers = [...(base?.layers ?? []), `sha256:${nextIdentity(context.state)}`];
  const history = context.state.imageOrigins.get(imageId)?.history ?? [];
  const step = {
    id: null,
    createdBy: command.join(' '),
    createdAtMs: context.clock.nowMs(),
    sizeBytes: 0,
  };
  const image = addImage(
    context,
    {
      tags: [`${target.repository}:${target.tag}`],
      command,
      entrypoint: base?.entrypoint ?? [],
      env,
      labels,
      user,
      workingDirectory,
      layers,
    },
    new Map(container.files),
    { parent: base?.id ?? null, history: [step, ...history] },
  );
  announce(context, container, 'commit', { imageID: image.id });
  return image.id;
}

/** The engine adds what the container has and the configuration doesn't name. */
function committed({ details }: MemoryContainer, config: CommitConfig | undefined) {
  if (config === undefined) return details;
  const given = new Set(config.env.map((variable) => variable.split('=')[0]));
  const others = details.env.filter((variable) => !given.has(variable.split('=')[0]));
  return {
    command: config.command.length === 0 ? details.command : config.command,
    env: [...config.env, ...others],
    labels: { ...details.labels, ...config.labels },
    user: config.user || details.user,
    workingDirectory: config.workingDirectory || details.workingDirectory,
  };
}

/** What a container's files differ in from its image's. */
export function changesOf({ state }: MemoryContext, id: string): readonly LayerChange[] {
  const { files, details } = findContainer(state, id);
  const before: MemoryFiles = state.imageFiles.get(details.imageId) ?? filesOf({});
  const gone = [...before.keys()].filter((path) => !files.has(path));
  return [
    ...[...files].flatMap(([path, file]): readonly LayerChange[] => {
      if (!before.has(path)) return [{ path, kind: 'added' }];
      const isSame = JSON.stringify(before.get(path)) === JSON.stringify(file);
      return isSame ? [] : [{ path, kind: 'modified' }];
    }),
    ...gone.map((path): LayerChange => ({ path, kind: 'deleted' })),
  ];
}
