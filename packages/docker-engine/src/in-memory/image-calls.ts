import { ds01Error } from '@ds01/contracts';
import type { ImageDetails } from '@ds01/ports';
import { conflict } from './conflict.ts';
import { announce } from './container-calls.ts';
import type { MemoryContext } from './context.ts';
import { filesOf, type InMemoryFile, type MemoryFiles } from './files.ts';
import { findContainer, findImage, nextIdentity, tagged } from './state.ts';

/** An image to begin with, or one that can be pulled. */
export interface InMemoryImage {
  /** `repository:tag`; the tag `latest` may be left out. */
  readonly tags: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly sizeBytes?: number;
  /** By absolute path; the folders above them are there too. */
  readonly files?: Readonly<Record<string, InMemoryFile>>;
}

/** Adds an image; its tags leave other images. */
export function addImage(
  context: MemoryContext,
  image: InMemoryImage,
  files: MemoryFiles = filesOf(image.files ?? {}),
): ImageDetails {
  const { state, clock } = context;
  const tags = image.tags.map(tagged);
  const added: ImageDetails = {
    id: `sha256:${nextIdentity(state)}`,
    tags,
    sizeBytes: image.sizeBytes ?? 1_000_000,
    createdAtMs: clock.nowMs(),
    command: image.command ?? ['sh'],
    entrypoint: image.entrypoint ?? [],
    env: image.env ?? [],
    labels: image.labels ?? {},
    user: image.user ?? '',
  };
  const others = state.images.map((other) => ({
    ...other,
    tags: other.tags.filter((tag) => !tags.includes(tag)),
  }));
  state.images = [...others, added];
  state.imageFiles.set(added.id, files);
  return added;
}

/** Removes a tag, and the image with its last one. */
export function removeImage(context: MemoryContext, reference: string): void {
  const { state } = context;
  const image = findImage(state, reference);
  if (image === undefined) {
    throw ds01Error('image.not-found', { message: `No such image: ${reference}` });
  }
  const tags = image.tags.filter((tag) => tag !== tagged(reference));
  const untagsOnly = tags.length > 0 && tags.length < image.tags.length;
  const user = [...state.containers.values()].find(({ details }) => details.imageId === image.id);
  if (user !== undefined && !untagsOnly) {
    throw conflict(`unable to remove ${reference}: container ${user.details.id} is using it`);
  }
  const others = state.images.filter((other) => other !== image);
  state.images = untagsOnly ? [...others, { ...image, tags }] : others;
}

/** Commits a container's configuration as an image. */
export function commit(
  context: MemoryContext,
  id: string,
  target: { readonly repository: string; readonly tag: string },
): string {
  const container = findContainer(context.state, id);
  const base = context.state.images.find((image) => image.id === container.details.imageId);
  const { command, env, labels, user } = container.details;
  const image = addImage(
    context,
    {
      tags: [`${target.repository}:${target.tag}`],
      command,
      entrypoint: base?.entrypoint ?? [],
      env,
      labels,
      user,
    },
    new Map(container.files),
  );
  announce(context, container, 'commit', { imageID: image.id });
  return image.id;
}
