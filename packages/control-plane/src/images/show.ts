import type { ImageView } from '@ds01/contracts';
import type { ImageHistoryEntry } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { instantOf } from '../present.ts';
import { imagesNow, ownPrefix } from './images-now.ts';
import { ownRepository, usableImage } from './own-image.ts';
import { readShare } from './shares.ts';

/**
 * Everything about an image that a person may use. Of variables only the names, for values may be
 * secrets. Fails with `image.not-found`, `name.invalid`.
 */
export async function showImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly tag: string | null },
  options: UseCaseOptions = {},
): Promise<ImageView> {
  const now = await imagesNow(deps, caller, options);
  const { reference, details } = usableImage(now, caller, input);
  const history = await deps.engine.imageHistory(details.id, options);
  const { owner } = caller;
  const prefix = ownPrefix(owner.slug);
  const ownName = reference.startsWith(prefix)
    ? (reference.slice(prefix.length).split(':')[0] ?? null)
    : null;
  const { shared, dockerfile } = deps.store.transaction(({ meta, builds }) => {
    if (ownName === null) return { shared: null, dockerfile: null };
    const { name } = ownRepository(now, caller, ownName);
    const build = builds
      .list({ uid: owner.uid, name })
      .find(({ imageId }) => imageId === details.id);
    const text = build === undefined ? null : builds.text(build);
    return {
      shared: readShare(meta, owner.slug, name),
      dockerfile:
        text === null ? null : { path: build?.dockerfilePath ?? null, text: text.dockerfile },
    };
  });
  return {
    image: now.summaryOf(details, reference),
    user: details.user,
    command: [...details.command],
    entrypoint: [...details.entrypoint],
    workingDirectory: details.workingDirectory,
    env: details.env.map((variable) => variable.split('=')[0] ?? ''),
    labels: { ...details.labels },
    digest: digestOf(details.digests, reference),
    onBuild: [...details.onBuild],
    layers: history.map(layerOf),
    sharedWith: {
      users: shared?.users.map(({ name }) => name) ?? [],
      groups: [...(shared?.groups ?? [])],
    },
    dockerfile,
  };
}

/** The digest under the name that was asked for; other names may be somebody else's. */
function digestOf(digests: readonly string[], reference: string): string | null {
  const repository = reference.replace(/:[^/:]*$/, '');
  const found = digests.find((digest) => digest.startsWith(`${repository}@`));
  return found?.slice(repository.length + 1) ?? null;
}

/** A layer as people see it. */
export function layerOf(entry: ImageHistoryEntry): ImageView['layers'][number] {
  const { createdBy, sizeBytes, createdAtMs } = entry;
  return { createdBy, sizeBytes, createdAt: instantOf(createdAtMs) };
}
