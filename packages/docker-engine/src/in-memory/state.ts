import { createHash } from 'node:crypto';
import { containerIdSchema, ds01Error, type ContainerId } from '@ds01/contracts';
import type {
  ContainerDetails,
  ContainerSpec,
  EngineNetwork,
  ImageDetails,
  ImageHistoryEntry,
  PortMapping,
} from '@ds01/ports';
import type { MemoryFiles } from './files.ts';
import type { ContainerOutput } from './output.ts';
import type { RunningProcess } from './process.ts';

/** A container of the in-memory engine; `details` is replaced, never changed. */
export interface MemoryContainer {
  details: ContainerDetails;
  readonly output: ContainerOutput;
  process: RunningProcess | null;
  /** As they were asked for; `details` has the actual ones while it runs. */
  readonly askedPorts: readonly PortMapping[];
  /** What is in it beyond its mounts. */
  readonly files: MemoryFiles;
}

/** How an image came about. */
export interface ImageOrigin {
  /** The image that it was made on, here; `null` for one that came from elsewhere. */
  readonly parent: string | null;
  /** Newest first. */
  readonly history: readonly ImageHistoryEntry[];
}

/** Everything that one in-memory engine holds. */
export interface MemoryState {
  readonly containers: Map<ContainerId, MemoryContainer>;
  images: ImageDetails[];
  /** Files of images by id. */
  readonly imageFiles: Map<string, MemoryFiles>;
  /** By id. */
  readonly imageOrigins: Map<string, ImageOrigin>;
  /** Results of build steps by what they were made of; forgotten by nobody but checked when used. */
  readonly buildCache: Map<string, string>;
  /** By name. */
  readonly networks: Map<string, EngineNetwork>;
  /** Number of identities given out. */
  identities: number;
}

/** 64 hex digits that no other call on this state returns. */
export function nextIdentity(state: MemoryState): string {
  state.identities += 1;
  return createHash('sha256')
    .update(`in-memory ${String(state.identities)}`)
    .digest('hex');
}

/** By id, unique start of an id, or name. Throws `container.not-found`. */
export function findContainer(state: MemoryState, wanted: string): MemoryContainer {
  const all = [...state.containers.values()];
  const found =
    all.find(({ details }) => details.id === wanted || details.dockerName === wanted) ??
    (/^[0-9a-f]{12,}$/.test(wanted)
      ? all.find(({ details }) => details.id.startsWith(wanted))
      : undefined);
  if (found !== undefined) return found;
  throw ds01Error('container.not-found', { message: `No such container: ${wanted}` });
}

/** By reference (`:latest` may be left out), digest, id, or unique start of an id. */
export function findImage(state: MemoryState, reference: string): ImageDetails | undefined {
  const tag = tagged(reference);
  const named = state.images.find(
    ({ tags, digests }) => tags.includes(tag) || digests.includes(reference),
  );
  if (named !== undefined) return named;
  const start = reference.replace(/^sha256:/, '');
  if (!/^[0-9a-f]{4,64}$/.test(start)) return undefined;
  const found = state.images.filter(({ id }) => id.startsWith(`sha256:${start}`));
  return found.length === 1 ? found[0] : undefined;
}

/** The reference with its tag spelt out. */
export function tagged(reference: string): string {
  return /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}

/** Throws `container.exists` when another container has the name. */
export function refuseTakenName(state: MemoryState, dockerName: string): void {
  for (const { details } of state.containers.values()) {
    if (details.dockerName !== dockerName) continue;
    throw ds01Error('container.exists', {
      message: `Conflict. The container name "/${dockerName}" is already in use by container "${details.id}".`,
    });
  }
}

const defaultShmSizeBytes = 64 * 2 ** 20;

/** What the engine makes of a spec: the image shines through where the spec is silent. */
export function detailsOf(
  state: MemoryState,
  spec: ContainerSpec,
  image: ImageDetails,
  nowMs: number,
): ContainerDetails {
  const id = containerIdSchema.parse(nextIdentity(state));
  const given = new Set(spec.env.map((variable) => variable.split('=')[0]));
  const inherited = image.env.filter((variable) => !given.has(variable.split('=')[0]));
  const { memoryBytes, memorySwapBytes, shmSizeBytes } = spec.resources;
  return {
    id,
    dockerName: spec.dockerName,
    image: spec.image,
    imageId: image.id,
    state: 'created',
    labels: { ...image.labels, ...spec.labels },
    createdAtMs: nowMs,
    deviceRequests:
      spec.deviceUuids.length === 0
        ? []
        : [{ driver: 'nvidia', count: 0, deviceIds: spec.deviceUuids, capabilities: [['gpu']] }],
    devicePaths: [],
    env: [...spec.env, ...inherited],
    command: spec.command ?? image.command,
    user: spec.user === '' ? image.user : spec.user,
    runtime: 'runc',
    cgroupParent: spec.cgroupParent ?? '',
    mounts: spec.mounts,
    pid: null,
    exitCode: null,
    outOfMemory: false,
    startedAtMs: null,
    finishedAtMs: null,
    restartCount: 0,
    resources: {
      ...spec.resources,
      shmSizeBytes: shmSizeBytes ?? defaultShmSizeBytes,
      memorySwapBytes: memorySwapBytes ?? (memoryBytes === undefined ? undefined : memoryBytes * 2),
    },
    groupIds: spec.groupIds,
    workingDirectory: spec.workingDirectory === '' ? image.workingDirectory : spec.workingDirectory,
    hostname: spec.hostname === '' ? id.slice(0, 12) : spec.hostname,
    tty: spec.tty,
    openStdin: spec.openStdin,
    tmpfs: spec.tmpfs,
    logOptions: spec.logOptions,
    capabilitiesDropped: spec.capabilitiesDropped,
    securityOptions: spec.securityOptions,
    init: spec.init,
    networkMode: spec.network.mode,
    ports: spec.ports,
  };
}
