import type { Readable, Writable } from 'node:stream';
import type { ContainerId } from '@ds01/contracts';
import type {
  ContainerDetails,
  ContainerListing,
  ContainerNetwork,
  ContainerPathKind,
  ContainerSpec,
  EngineNetwork,
  FolderOwner,
  NetworkSpec,
} from './engine-containers.ts';
import type { CommitTarget, ImageEngine, LayerChange } from './engine-images.ts';

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
  /** Whether limits on memory and swap together work. */
  readonly limitsSwap: boolean;
  /** What runs containers that don't say: `runc`, `nvidia`. */
  readonly defaultRuntime: string;
  /** Ids in containers are others than outside. */
  readonly hasUserNamespaces: boolean;
  /** Where networks that name no range get theirs; none is the engine's own choice. */
  readonly addressPools: readonly { readonly base: string; readonly size: number }[];
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
  /** Whether the process has a terminal of its own; the caller who asked for it knows when left out. */
  readonly tty?: boolean;
  resize(size: TerminalSize): Promise<void>;
  /**
   * Sends a signal (`SIGINT`) to the process of an exec, or to PID 1 of an attach. A process that
   * ended is fine.
   */
  signal(name: string): Promise<void>;
  /**
   * Exit code; `null` when this side closed, or the engine let go of a process that goes on. Settles
   * after both outputs end.
   */
  readonly exited: Promise<number | null>;
  /**
   * Drops the connection; the process is left alone. Docker hangs up on a process at a terminal that
   * prints when nobody reads any more.
   */
  close(): void;
  /** Descriptor of the connection, which another process may hold open; `null` when there is none. */
  readonly descriptor?: () => number | null;
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

/** A process of a container, as the host sees it. */
export interface ContainerProcess {
  readonly pid: number;
  readonly uid: number;
  /** On average since it began; 100 is one CPU. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly elapsedSeconds: number;
  /** With its arguments. */
  readonly command: string;
}

/** Something that happened in the engine. A hint only: events can be lost. */
export interface EngineEvent {
  readonly type: 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'other';
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly atMs: number;
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
export interface ContainerEngine extends ImageEngine {
  info(options?: WaitOptions): Promise<EngineInfo>;
  /** All containers, whatever their state, in one call; with `only`, those of them that are there. */
  listContainers(
    options?: WaitOptions & { readonly only?: readonly ContainerId[] | undefined },
  ): Promise<readonly ContainerListing[]>;
  /** By id or Docker name. */
  inspectContainer(container: string, options?: WaitOptions): Promise<ContainerDetails>;
  createContainer(spec: ContainerSpec, options?: WaitOptions): Promise<ContainerId>;
  /**
   * Fails with `engine.conflict` and `{ leftBehind: true }` in its details when an earlier run of it
   * is still in the way, of which this engine knows nothing any more.
   */
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
  /** Its processes. Fails with `engine.conflict` when it doesn't run. */
  processes(id: ContainerId, options?: WaitOptions): Promise<readonly ContainerProcess[]>;
  /** Live events, until the signal aborts quietly; fails with `engine.unreachable` when the engine ends. */
  events(options: WaitOptions & { readonly sinceMs: number | null }): AsyncIterable<EngineEvent>;
  /** Commits the writable layer and returns the image's id. */
  commitContainer(id: ContainerId, target: CommitTarget): Promise<string>;
  /** What its layer changed, in no order. */
  containerChanges(id: ContainerId, options?: WaitOptions): Promise<readonly LayerChange[]>;
  /**
   * Space that its writable layer takes; `null` when the engine doesn't know. The engine walks over all
   * of the layer for that, about a second for a common one.
   */
  layerBytes(id: ContainerId, options?: WaitOptions): Promise<number | null>;
  /** All its files without what is mounted, as a tar archive; running or not. */
  exportContainer(id: ContainerId, options?: WaitOptions): Promise<Readable>;
  /** All networks in one call. */
  listNetworks(options?: WaitOptions): Promise<readonly EngineNetwork[]>;
  /** Returns the id. A name, bridge or subnet that is taken: `engine.conflict`. */
  createNetwork(spec: NetworkSpec, options?: WaitOptions): Promise<string>;
  /**
   * Takes a container that doesn't run off its network, and puts it on this one under these further
   * names. One that isn't there is `network.not-found`, now or at the next start.
   */
  rejoinNetwork(id: ContainerId, network: ContainerNetwork): Promise<void>;
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
