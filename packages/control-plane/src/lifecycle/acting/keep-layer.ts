import { ds01Error, imageRepositoryOf, objectNameSchema, type Slug } from '@ds01/contracts';
import type { ContainerDetails, ContainerRecord, LayerChange } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { LocalImage } from '../../images/find-image.ts';

/** Where a container's layer is kept. */
export interface KeptTag {
  readonly repository: string;
  readonly tag: string;
}

/** The next free `ds01-<slug>/<name>:kept-<n>`. */
export async function nextKeptTag(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  of: { readonly slug: Slug; readonly name: string },
): Promise<KeptTag> {
  const repository = imageRepositoryOf(objectNameSchema.parse(of.name), of.slug);
  const prefix = `${repository}:kept-`;
  const used = (await deps.engine.listImages())
    .flatMap((image) => image.tags)
    .filter((tag) => tag.startsWith(prefix))
    .map((tag) => Number(tag.slice(prefix.length)))
    .filter((number) => Number.isInteger(number));
  return { repository, tag: `kept-${Math.max(0, ...used) + 1}` };
}

/** Commits a container's layer. Done again under the same tag it replaces what was there. */
export async function keepLayer(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  record: Pick<ContainerRecord, 'id' | 'name'>,
  { repository, tag }: KeptTag,
): Promise<LocalImage> {
  await deps.engine.commitContainer(record.id, { repository, tag, pause: false });
  const reference = `${repository}:${tag}`;
  const details = await deps.engine.inspectImage(reference);
  if (details !== null) return { reference, details };
  throw ds01Error('image.not-found', {
    message: `The layer of ${record.name} was committed, but ${reference} is not there.`,
    hint: `ds01 container start ${record.name} --recreate`,
  });
}

/** What the engine itself puts into every container, and what nobody keeps anything in. */
const engines =
  /^\/(?:dev|proc|sys|run|tmp|var\/tmp)(?:\/|$)|^\/etc\/(?:hosts|hostname|resolv\.conf|mtab|ld\.so\.cache)$|^\/(?:usr\/)?sbin\/docker-init$|^\/\.dockerenv$/;
/** Places for the driver's files, which NVIDIA's container tools mount at every start. */
const drivers =
  /^\/(?:etc|lib|lib64|usr\/(?:bin|sbin|lib|lib64|share))\/(?:.*\/)?[^/]*(?:nvidia|libcuda|libnvcuvid|libnvoptix)[^/]*/i;
const packages = /\/(?:site|dist)-packages\//;

/**
 * Changes of a layer that somebody would miss: not the places where something is mounted, not what
 * engine, driver and DS01 put there, and of folders what is in them alone.
 */
export function worthKeeping(
  changes: readonly LayerChange[],
  { mounts, env }: Pick<ContainerDetails, 'mounts' | 'env'>,
): readonly LayerChange[] {
  const home = env.find((entry) => entry.startsWith('HOME='))?.slice('HOME='.length);
  const places = [...mounts.map(({ target }) => target), ...(home === undefined ? [] : [home])];
  const isPlace = (path: string): boolean =>
    places.some((place) => place === path || place.startsWith(`${path}/`));
  const isDrivers = (path: string): boolean => drivers.test(path) && !packages.test(path);
  const own = changes.filter(
    ({ path }) => !engines.test(path) && !isPlace(path) && !isDrivers(path),
  );
  return own.filter(
    ({ path, kind }) => kind === 'deleted' || !changes.some((it) => it.path.startsWith(`${path}/`)),
  );
}
