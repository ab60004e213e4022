import type { ContainerId, SlotUuid } from '@ds01/contracts';

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
