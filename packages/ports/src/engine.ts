import type { Readable, Writable } from 'node:stream';
import type { ContainerId, ImageReference, SlotUuid } from '@ds01/contracts';

/** What an engine says about itself. */
export interface EngineInfo {
  /** The engine's own id, `/info` ID. */
  readonly id: string;
  readonly dataRoot: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly cgroupVersion: 1 | 2;
  readonly cgroupDriver: 'cgroupfs' | 'systemd';
}

/** State of a container as the engine reports it. */
export type EngineContainerState =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** One row of a listing. */
export interface ContainerListing {
  readonly id: ContainerId;
  /** Docker's name without the leading slash. */
  readonly dockerName: string;
  readonly image: string;
  readonly state: EngineContainerState;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
}

/** How a container asks the engine for GPUs. */
export interface DeviceRequest {
  readonly driver: string;
  /** -1 is all; 0 when `deviceIds` says which. */
  readonly count: number;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly (readonly string[])[];
}

/** Everything about one container that DS01 looks at. */
export interface ContainerDetails extends ContainerListing {
  readonly imageId: string;
  readonly deviceRequests: readonly DeviceRequest[];
  /** Paths of host device files given to it. */
  readonly devicePaths: readonly string[];
  readonly env: readonly string[];
  readonly command: readonly string[];
  readonly user: string;
  readonly runtime: string;
  readonly cgroupParent: string;
  readonly mounts: readonly ContainerMount[];
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  readonly restartCount: number;
  readonly resources: ContainerResources;
  readonly groupIds: readonly number[];
  readonly workingDirectory: string;
  readonly hostname: string;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly logOptions: Readonly<Record<string, string>>;
  readonly capabilitiesDropped: readonly string[];
  readonly securityOptions: readonly string[];
  readonly init: boolean;
  /** A network's name, `none` or `host`; `container:<id>` for one that shares another's. */
  readonly networkMode: string;
  /** With the actual host ports while it runs, else with the ones asked for. */
  readonly ports: readonly PortMapping[];
}

/** A port of a container on an address of the host. */
export interface PortMapping {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** IP address of the host; `0.0.0.0` and `::` are all of them. */
  readonly hostAddress: string;
  /** `null`: the engine picks one. */
  readonly hostPort: number | null;
}

/** A network of the engine. */
export interface EngineNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** In CIDR notation, IPv4 and IPv6 alike; empty for the likes of `none`. */
  readonly subnets: readonly string[];
  /** Name of the bridge interface where it was chosen, else `null`. */
  readonly bridge: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** A bridge network to create. Its containers reach each other and the outside. */
export interface NetworkSpec {
  readonly name: string;
  /** Name of the bridge interface, at most 15 characters. */
  readonly bridge: string;
  /** IPv4, in CIDR notation. */
  readonly subnet: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A bind of a host folder. */
export interface ContainerMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Limits of one container; an absent field is no limit. */
export interface ContainerResources {
  readonly nanoCpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly memorySwapBytes?: number | undefined;
  readonly shmSizeBytes?: number | undefined;
  readonly pidsLimit?: number | undefined;
  readonly ulimits?: readonly Ulimit[] | undefined;
  readonly readBytesPerSecond?: readonly DeviceRate[] | undefined;
  readonly writeBytesPerSecond?: readonly DeviceRate[] | undefined;
}

/** A resource limit of the processes inside. */
export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** Bytes per second on one block device. */
export interface DeviceRate {
  readonly path: string;
  readonly bytesPerSecond: number;
}

/** A container to create. */
export interface ContainerSpec {
  readonly dockerName: string;
  readonly image: string;
  /** `null` keeps the image's command. */
  readonly command: readonly string[] | null;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `uid:gid` inside. */
  readonly user: string;
  readonly groupIds: readonly number[];
  readonly workingDirectory: string;
  readonly hostname: string;
  readonly tty: boolean;
  readonly openStdin: boolean;
  /** Devices by UUID; empty for none. Never a count. */
  readonly deviceUuids: readonly SlotUuid[];
  readonly mounts: readonly ContainerMount[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly resources: ContainerResources;
  readonly logOptions: Readonly<Record<string, string>>;
  /** `null` leaves the engine's default. */
  readonly cgroupParent: string | null;
  readonly capabilitiesDropped: readonly string[];
  readonly securityOptions: readonly string[];
  /** Signal that asks the main process to end, `SIGHUP` for one; SIGTERM when left out. */
  readonly stopSignal?: string | undefined;
  readonly init: boolean;
  readonly network: ContainerNetwork;
  readonly ports: readonly PortMapping[];
}

/** The one network of a container to create. */
export interface ContainerNetwork {
  /** A network's name, `none` or `host`. */
  readonly mode: string;
  /** Further names under which the network's other containers find it; none on `none` and `host`. */
  readonly aliases: readonly string[];
}

/** Kind of what is at a path of a container. */
export type ContainerPathKind = 'folder' | 'file' | 'link' | 'other';

/** Whom a folder in a container belongs to, and its mode bits. */
export interface FolderOwner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** A process to run in a running container. */
export interface ExecSpec {
  readonly command: readonly string[];
  readonly user: string;
  readonly workingDirectory: string | null;
  readonly env: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Size of the terminal at the start; only under a TTY. */
  readonly size?: TerminalSize | undefined;
}

/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Both directions of a running exec or attach. */
export interface EngineSession {
  /** Bytes for the process; closing it is end of input. `null` without stdin. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  /** Empty under a TTY, where both come through `stdout`. */
  readonly stderr: Readable;
  resize(size: TerminalSize): Promise<void>;
  /**
   * Sends a signal (`SIGINT`) to the process of an exec, or to PID 1 of an attach. A process that
   * ended is fine.
   */
  signal(name: string): Promise<void>;
  /** Exit code; `null` when the engine doesn't know it (attach). Settles after both outputs end. */
  readonly exited: Promise<number | null>;
  /** Drops the connection; the process is left alone. */
  close(): void;
}

/** One piece of a container's output. */
export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** What to read of a container's output. */
export interface LogOptions {
  readonly follow: boolean;
  /** Lines from the end; `null` is all. */
  readonly tail: number | null;
  readonly sinceMs: number | null;
  readonly timestamps: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One reading of a container's use. */
export interface ContainerStats {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | null;
  readonly pids: number;
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly blockReadBytes: number;
  readonly blockWrittenBytes: number;
}

/** Something that happened in the engine. A hint only: events can be lost. */
export interface EngineEvent {
  readonly type: 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'other';
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** Progress of a pull. */
export interface PullProgress {
  readonly layer: string | null;
  readonly status: string;
  readonly currentBytes: number | null;
  readonly totalBytes: number | null;
}

/** What DS01 looks at in an image. */
export interface ImageDetails {
  readonly id: string;
  readonly tags: readonly string[];
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
}

/** Options of everything that waits. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A Docker engine. Every method fails with a DS01 error: `engine.unreachable`,
 * `container.not-found`, `image.not-found`, `container.exists` (name taken), `engine.conflict`,
 * `gate.refused` (start refused by the gate, its sentence in the message), `gate.missing` (the
 * engine knows no runtime hook for GPUs), `port.taken` (at start), `engine.storage-full`, `operation.timed-out` (a command
 * got no answer in time; it may still take effect), `operation.interrupted` (the signal aborted),
 * `engine.error`. Methods of one container given an id that is gone fail with
 * `container.not-found`; those that need another state fail with `engine.conflict`.
 */
export interface ContainerEngine {
  info(options?: WaitOptions): Promise<EngineInfo>;
  /** All containers, whatever their state, in one call. */
  listContainers(options?: WaitOptions): Promise<readonly ContainerListing[]>;
  /** By id or Docker name. */
  inspectContainer(container: string, options?: WaitOptions): Promise<ContainerDetails>;
  createContainer(spec: ContainerSpec, options?: WaitOptions): Promise<ContainerId>;
  startContainer(id: ContainerId, options?: WaitOptions): Promise<void>;
  /** SIGTERM, then SIGKILL after `timeoutSeconds`. A container that isn't running is fine. */
  stopContainer(
    id: ContainerId,
    options: WaitOptions & { readonly timeoutSeconds: number },
  ): Promise<void>;
  killContainer(id: ContainerId, signal: string): Promise<void>;
  pauseContainer(id: ContainerId): Promise<void>;
  unpauseContainer(id: ContainerId): Promise<void>;
  /** A container that is gone already is fine. */
  removeContainer(id: ContainerId, options: { readonly force: boolean }): Promise<void>;
  renameContainer(id: ContainerId, dockerName: string): Promise<void>;
  exec(id: ContainerId, spec: ExecSpec, options?: WaitOptions): Promise<EngineSession>;
  attach(
    id: ContainerId,
    options: WaitOptions & { readonly tty: boolean; readonly stdin: boolean },
  ): Promise<EngineSession>;
  /** Ends with the container when following, and quietly when the signal aborts. */
  logs(id: ContainerId, options: LogOptions): AsyncIterable<LogChunk>;
  /** Takes 1 to 2 s: the engine compares two readings. All zero for one that isn't running. */
  stats(id: ContainerId, options?: WaitOptions): Promise<ContainerStats>;
  /** Live events, until the signal aborts quietly; fails with `engine.unreachable` when the engine ends. */
  events(options: WaitOptions & { readonly sinceMs: number | null }): AsyncIterable<EngineEvent>;
  /** `null` when there is no such image. */
  inspectImage(reference: string, options?: WaitOptions): Promise<ImageDetails | null>;
  listImages(options?: WaitOptions): Promise<readonly ImageDetails[]>;
  /** Fails with `image.not-found` or `image.pull-failed`. */
  pullImage(
    reference: ImageReference,
    options: WaitOptions & { readonly onProgress?: (progress: PullProgress) => void },
  ): Promise<void>;
  /** Fails with `engine.conflict` while a container uses it. */
  removeImage(reference: string): Promise<void>;
  /** Commits the writable layer and returns the image's id. */
  commitContainer(
    id: ContainerId,
    target: { readonly repository: string; readonly tag: string; readonly pause: boolean },
  ): Promise<string>;
  /** All networks in one call. */
  listNetworks(options?: WaitOptions): Promise<readonly EngineNetwork[]>;
  /** Returns the id. A name, bridge or subnet that is taken: `engine.conflict`. */
  createNetwork(spec: NetworkSpec, options?: WaitOptions): Promise<string>;
  /** By name. One that is gone is fine; one with containers running on it: `engine.conflict`. */
  removeNetwork(name: string): Promise<void>;
  /**
   * One regular file of a container's own file system (mounts of a container that doesn't run
   * count too); `null` when there is none. A file above `maxBytes` is refused with `engine.error`.
   * Links are followed inside the container's root only.
   */
  readContainerFile(
    id: ContainerId,
    path: string,
    options: WaitOptions & { readonly maxBytes: number },
  ): Promise<Uint8Array | null>;
  /** What is at a path, without following a link at its end; `null` when nothing. */
  statContainerPath(
    id: ContainerId,
    path: string,
    options?: WaitOptions,
  ): Promise<{ readonly kind: ContainerPathKind } | null>;
  /**
   * Makes one empty folder in a container that was never started. Its parent must be a real
   * folder and nothing may be at the path yet, else `engine.conflict`. `parent` is for a caller who
   * knows of it from the image, so that nothing has to be looked at: one that is missing is made
   * (root's, 0755), and a folder at the path gets this owner and mode; anything else there is
   * `engine.conflict`.
   */
  makeContainerFolder(
    id: ContainerId,
    path: string,
    owner: FolderOwner,
    known?: { readonly parent: 'folder' | 'missing' },
  ): Promise<void>;
}
