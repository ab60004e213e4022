import { isDs01Error, readLabels, signLabels, type ContainerId } from '@ds01/contracts';
import type { ContainerEngine, ContainerListing, ContainerSpec } from '@ds01/ports';
import { z } from 'zod';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { instantOf } from '../present.ts';
import { cleanGroup, cleanPasswd } from './account-files.ts';
import { aliasesPath, loginStartFolder, zshFolder, zshStartPath } from './shell-start.ts';

const imageFactsSchema = z.strictObject({
  /** Raised when more is looked at: what an older version stored is then read again. */
  version: z.literal(2),
  /** Cleaned text of its files; empty when it has none. */
  passwd: z.string(),
  group: z.string(),
  /** Path of bash, else of sh. */
  shell: z.string(),
  /** Paths of ours that are something else in it: a link, a file where a folder has to be. */
  unusable: z.array(z.string()),
  hasHomes: z.boolean(),
  /** Login shells read files of a folder. */
  hasLoginStart: z.boolean(),
});
/** What DS01 has to know of an image before it makes a container from it. */
export type ImageFacts = z.infer<typeof imageFactsSchema>;

/** Facts for an image that says nothing. */
export const noImageFacts: ImageFacts = {
  version: 2,
  passwd: '',
  group: '',
  shell: '/bin/sh',
  unusable: [],
  hasHomes: false,
  hasLoginStart: false,
};

const metaPrefix = 'image:';
const maxFileBytes = 256 * 1024;
const dockerNamePrefix = 'ds01-look-';
const lookInterface = 'look';
/** Nobody. */
const lookUid = '65534';

const folders = ['/etc', '/etc/ds01', zshFolder, '/home', '/run', '/run/secrets', '/workspace'];
const files = ['/etc/passwd', '/etc/group', '/etc/ds01/shrc', aliasesPath, zshStartPath];
const shells = ['/bin/bash', '/usr/bin/bash'];

const remembered = new WeakMap<ContainerEngine, Map<string, ImageFacts>>();

/**
 * Facts of an image, by its id. It is read once, from a container that is never started, and then
 * remembered by this process and the ledger. Fails with the engine's errors.
 */
export async function imageFactsOf(
  deps: ControlPlaneDependencies,
  imageId: string,
  options: UseCaseOptions = {},
): Promise<ImageFacts> {
  const known = remembered.get(deps.engine) ?? new Map<string, ImageFacts>();
  remembered.set(deps.engine, known);
  const facts = known.get(imageId) ?? stored(deps, imageId);
  if (facts !== null) {
    known.set(imageId, facts);
    return facts;
  }
  const read = await readImage(deps, imageId, options);
  const images = new Set((await deps.engine.listImages(options)).map(({ id }) => id)).add(imageId);
  for (const id of known.keys()) if (!images.has(id)) known.delete(id);
  known.set(imageId, read);
  deps.store.transaction(({ meta }) => {
    for (const { key } of meta.list(metaPrefix)) {
      if (!images.has(key.slice(metaPrefix.length))) meta.remove(key);
    }
    meta.set(metaPrefix + imageId, JSON.stringify(read));
  });
  return read;
}

function stored(deps: ControlPlaneDependencies, imageId: string): ImageFacts | null {
  const text = deps.store.transaction(({ meta }) => meta.get(metaPrefix + imageId));
  const read = imageFactsSchema.safeParse(text === null ? null : JSON.parse(text));
  return read.success ? read.data : null;
}

function readImage(
  deps: ControlPlaneDependencies,
  imageId: string,
  options: UseCaseOptions,
): Promise<ImageFacts> {
  return lookIntoImage(deps, imageId, options, (id) => readFacts(deps.engine, id, options));
}

const lookedAt = new WeakMap<ContainerEngine, Set<ContainerId>>();

/** True while this process reads an image from a container, which may take long. */
export function isLookedAt(
  deps: Pick<ControlPlaneDependencies, 'engine'>,
  id: ContainerId,
): boolean {
  return lookedAt.get(deps.engine)?.has(id) === true;
}

/** Gives a container of an image to `look`: it has no mounts, never runs, and is removed afterwards. */
export async function lookIntoImage<T>(
  deps: ControlPlaneDependencies,
  imageId: string,
  options: UseCaseOptions,
  look: (id: ContainerId) => Promise<T>,
): Promise<T> {
  const id = await deps.engine.createContainer(lookSpec(deps, imageId), options);
  const looks = lookedAt.get(deps.engine) ?? new Set<ContainerId>();
  lookedAt.set(deps.engine, looks.add(id));
  try {
    return await look(id);
  } finally {
    looks.delete(id);
    await deps.engine.removeContainer(id, { force: false });
  }
}

async function readFacts(
  engine: ContainerEngine,
  id: ContainerId,
  options: UseCaseOptions,
): Promise<ImageFacts> {
  const paths = [...folders, ...files, ...shells, loginStartFolder];
  const kinds = new Map<string, string | null>();
  for (const path of paths) {
    // Below something that is no folder there is nothing.
    const parent = path.slice(0, path.lastIndexOf('/'));
    const isHidden = parent !== '' && kinds.has(parent) && kinds.get(parent) !== 'folder';
    const found = isHidden ? null : await engine.statContainerPath(id, path, options);
    kinds.set(path, found?.kind ?? null);
  }
  const isOther = (path: string, kind: 'folder' | 'file'): boolean =>
    (kinds.get(path) ?? kind) !== kind;
  return {
    version: 2,
    passwd: cleanPasswd(await textOf(engine, id, { path: '/etc/passwd', kinds })),
    group: cleanGroup(await textOf(engine, id, { path: '/etc/group', kinds })),
    shell: shells.find((path) => kinds.get(path) !== null) ?? '/bin/sh',
    unusable: [
      ...folders.filter((path) => isOther(path, 'folder')),
      ...files.filter((path) => isOther(path, 'file')),
    ],
    hasHomes: kinds.get('/home') === 'folder',
    hasLoginStart: kinds.get(loginStartFolder) === 'folder',
  };
}

/** Empty for a file that isn't there, or is too large to be one of accounts. */
async function textOf(
  engine: ContainerEngine,
  id: ContainerId,
  file: { readonly path: string; readonly kinds: ReadonlyMap<string, string | null> },
): Promise<string> {
  if (file.kinds.get(file.path) !== 'file') return '';
  try {
    const bytes = await engine.readContainerFile(id, file.path, { maxBytes: maxFileBytes });
    return bytes === null ? '' : new TextDecoder().decode(bytes);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'engine.error' && 'maxBytes' in error.details) {
      return '';
    }
    throw error;
  }
}

function lookSpec(deps: ControlPlaneDependencies, imageId: string): ContainerSpec {
  const labels = {
    managed: 'true',
    uid: lookUid,
    interface: lookInterface,
    created_at: instantOf(deps.clock.nowMs()),
  };
  return {
    dockerName: dockerNamePrefix + deps.ids.hex(16),
    image: imageId,
    command: ['/bin/true'],
    env: [],
    labels: signLabels(labels, deps.signingKey),
    user: `${lookUid}:${lookUid}`,
    groupIds: [],
    workingDirectory: '/',
    hostname: 'look',
    tty: false,
    openStdin: false,
    deviceUuids: [],
    mounts: [],
    tmpfs: {},
    resources: {},
    logOptions: {},
    cgroupParent: null,
    capabilitiesDropped: ['ALL'],
    securityOptions: ['no-new-privileges'],
    init: false,
    network: { mode: 'none', aliases: [] },
    ports: [],
  };
}

/** True for a container that is there only to be looked at. */
export function isLook(row: ContainerListing, signingKey: Uint8Array): boolean {
  if (!row.dockerName.startsWith(dockerNamePrefix) || row.state !== 'created') return false;
  const read = readLabels(row.labels, signingKey);
  return read.trust === 'signed' && read.values.interface === lookInterface;
}
