import { installedPackageSchema, isDs01Error, ds01Error, type RouteOutput } from '@ds01/contracts';
import { z } from 'zod';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { lookIntoImage } from '../identity/image-facts.ts';
import { imagesNow } from './images-now.ts';
import { readArchive, type Installed } from './installed/read-archive.ts';
import { usableImage } from './own-image.ts';

const metaPrefix = 'image-packages:';
/** A longer list is read again. */
const maxStoredBytes = 2 ** 20;
/** Raised when more is read: what an older version stored is then read again. */
const storedSchema = z.strictObject({
  version: z.literal(2),
  packages: z.array(installedPackageSchema),
  distribution: z.string().nullable(),
});

/**
 * What is installed in an image that a person may use, by the image's own databases: dpkg, apk, pip (in
 * virtual environments, too), conda and npm. Fails with `image.not-found`, `image.unreadable`,
 * `name.invalid`.
 */
export async function imagePackages(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly tag: string | null },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.packages'>> {
  const now = await imagesNow(deps, caller, options);
  const { details, reference } = usableImage(now, caller, input);
  const image = now.summaryOf(details, reference);
  const { packages, distribution } = await installedIn(deps, image, options);
  return {
    image,
    packages: [...packages],
    ...(distribution === null ? {} : { distribution }),
  };
}

/**
 * What is installed in an image, by its id. It is read once, from a container that is never started,
 * and then remembered. Fails with `image.unreadable`.
 */
export async function installedIn(
  deps: ControlPlaneDependencies,
  image: { readonly id: string; readonly name: string },
  options: UseCaseOptions,
): Promise<Installed> {
  const known = stored(deps, image.id);
  if (known !== null) return known;
  options.onProgress?.(`reading what is installed in ${image.name}`);
  return read(deps, image, options);
}

async function read(
  deps: ControlPlaneDependencies,
  image: { readonly id: string; readonly name: string },
  options: UseCaseOptions,
): Promise<Installed> {
  const { signal } = options;
  try {
    const installed = await lookIntoImage(deps, image.id, options, async (id) =>
      readArchive(await deps.engine.exportContainer(id, { signal }), { signal }),
    );
    if (options.dryRun !== true) await remember(deps, image.id, installed);
    return installed;
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'image.unreadable') throw error;
    throw ds01Error('image.unreadable', {
      message: `What is installed in ${image.name} can’t be told. ${error.message}`,
      hint: `ds01 image show ${image.name}`,
      details: { image: image.name },
      cause: error,
    });
  }
}

function stored(deps: ControlPlaneDependencies, id: string): Installed | null {
  const text = deps.store.transaction(({ meta }) => meta.get(metaPrefix + id));
  const known = storedSchema.safeParse(text === null ? null : JSON.parse(text));
  return known.success ? known.data : null;
}

async function remember(
  deps: ControlPlaneDependencies,
  id: string,
  installed: Installed,
): Promise<void> {
  const present = new Set((await deps.engine.listImages()).map((image) => image.id));
  const text = JSON.stringify({ version: 2, ...installed });
  deps.store.transaction(({ meta }) => {
    for (const { key } of meta.list(metaPrefix)) {
      if (!present.has(key.slice(metaPrefix.length))) meta.remove(key);
    }
    if (text.length <= maxStoredBytes) meta.set(metaPrefix + id, text);
  });
}
