import type { Duplex } from 'node:stream';
import type { ContainerId, GpuInventory, LeaseId, SlotUuid } from '@ds01/contracts';
import type { HostAccount } from './accounts.ts';
import type { HostProcess } from './activity.ts';

/** Reads the GPUs of this host. Fails with `gpu.probe-failed`; never returns half a truth. */
export interface GpuProbe {
  /**
   * Fresh within the probe's short cache time, unless `fresh` asks for a new reading. With
   * `patienceMs` it fails when that reading takes longer, at once when the last one did; the reading
   * goes on for others.
   */
  read(options?: {
    readonly fresh?: boolean;
    readonly patienceMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<GpuInventory>;
}

/** Something on this host that is mounted into a container, at a root-owned path for the engine. */
export interface Pin {
  /** The path to give to the engine. */
  readonly path: string;
  /** The folder as its owner names it, `ds01:<name>` of a file, or `ds01:secrets`. */
  readonly source: string;
  /**
   * Whether the engine must be asked for a read-only mount. False for what can be written to, and
   * for what is read-only at `path` already: engines that are asked for such a mount give it that
   * flag only, and take `nosuid` and `nodev` from it.
   */
  readonly readOnly: boolean;
}

/** A folder of a person, opened with the person's rights. */
export interface FolderPinRequest {
  readonly kind: 'folder';
  readonly account: HostAccount;
  /** Absolute path, resolved with the account's rights. */
  readonly folder: string;
  /** Make the folder, as the account, when it is missing. */
  readonly create: boolean;
  readonly readOnly: boolean;
  /**
   * Folders in one of which the opened folder must really lie, or be it; each is resolved with the
   * account's rights too, and one that can't be counts for nothing. `null`: anywhere.
   */
  readonly within: readonly string[] | null;
}

/** A small root-owned file (0444), for a read-only mount. */
export interface FilePinRequest {
  readonly kind: 'file';
  /** `[a-z0-9-]`, unique within the key. */
  readonly name: string;
  readonly text: string;
}

/** A folder in memory (1 MiB) with one file (0400) per secret, all owned by the account. */
export interface SecretsPinRequest {
  readonly kind: 'secrets';
  readonly account: HostAccount;
  /**
   * `null` keeps the secrets that are there, and fails with `secrets.lost` when they are gone, as
   * after a reboot. A name is a file name without `/`.
   */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[] | null;
}

/** What to pin. At most one `secrets` for a key. */
export type PinRequest = FolderPinRequest | FilePinRequest | SecretsPinRequest;

/**
 * What a key's pins are now, as the engine sees them. `missing`: there is none, or a part is gone
 * (a reboot). `damaged`: a part is there, but isn't what was pinned.
 */
export type PinState = 'whole' | 'missing' | 'damaged';

/**
 * Pins of containers. `key` is the lease id or another name of the container's making, unique and
 * `[a-z0-9]`; all pins of a key live and die together. Errors: `workspace.not-found`,
 * `workspace.not-a-folder`, `workspace.is-link`, `workspace.denied`, `workspace.outside`,
 * `secrets.lost`, `pin.not-visible`.
 */
export interface Pins {
  /**
   * One pin per request, in their order. A key that has pins gets new ones in their place, at the
   * same paths for the same requests; what a running container has mounted stays with it.
   */
  /**
   * Says where the pins of a key will be, writes its files and puts placeholders for the rest, so that
   * a container can be made while they are pinned. Nothing of a person's is opened, and pinned folders
   * stay as they are.
   */
  prepare(key: string, requests: readonly PinRequest[]): Promise<readonly Pin[]>;
  pin(key: string, requests: readonly PinRequest[]): Promise<readonly Pin[]>;
  /** Unmounts and removes all pins of a key; none is fine. */
  unpin(key: string): Promise<void>;
  /** Keys that have pins now. */
  keys(): Promise<readonly string[]>;
  /** Opens folders as `pin` would and lets them go: fails with its errors, and changes nothing. */
  check(folders: readonly Omit<FolderPinRequest, 'create'>[]): Promise<void>;
  /** Looks at the pins of a key without touching a person's folder. */
  inspect(key: string): Promise<PinState>;
}

/** Packet filter between users' networks and this host. */
export interface Firewall {
  /**
   * Rules in force afterwards: containers on bridges named `ds01-*` reach neither this host's own
   * services (any address of it), nor another bridge, nor link-local and metadata addresses
   * (169.254.0.0/16); replies and outgoing traffic pass. Idempotent, cheap when in force. Returns
   * notices about what this host can't enforce; never fails for that.
   */
  ensure(): Promise<{ readonly notices: readonly string[] }>;
  /** True when all rules are there now. */
  inForce(): Promise<boolean>;
}

/** Disks of this host. */
export interface HostDisks {
  /** Device file of the whole disk that holds a path; `null` when there is none to name. */
  diskOf(path: string): string | null;
}

/** How much this machine has, and how much of it is used now. */
export interface HostLoad {
  readonly cpus: number;
  /** Mean over a minute of processes that run or wait. */
  readonly load1: number;
  readonly memoryBytes: number;
  /** What is left can be had without taking it from anybody. */
  readonly memoryUsedBytes: number;
}

/** A file system. */
export interface DiskSpace {
  /** The path that was asked about. */
  readonly path: string;
  readonly bytes: number;
  readonly usedBytes: number;
}

/** This machine as a whole. */
export interface HostSystem {
  load(): HostLoad;
  /**
   * The file systems that hold some paths, each once, under the first path on it; paths that aren't
   * there, or don't answer soon, are left out.
   */
  spaceOf(paths: readonly string[]): Promise<readonly DiskSpace[]>;
}

/** Names of hosts, as this host resolves them. */
export interface HostNames {
  /** IP addresses of a name; none when it isn't known soon. Never fails. */
  addressesOf(name: string): Promise<readonly string[]>;
}

/** What the gate reads before it lets a GPU container start. */
export interface Grant {
  readonly containerId: ContainerId;
  readonly leaseId: LeaseId;
  readonly token: number;
  readonly devices: readonly SlotUuid[];
}

/** Outcome of withdrawing a grant. `in-use`: the container is running or starting; nothing changed. */
export type Withdrawal = 'withdrawn' | 'absent' | 'in-use';

/**
 * Grants in the engine's folder. Synchronous, since they are written inside a transaction of the
 * ledger. Errors: `internal.storage-full`, `internal.state-unwritable`.
 */
export interface Grants {
  /** Whose the engine's folder is: one ledger's. `none` before anybody used it. */
  ledger(): 'ours' | 'other' | 'none';
  /** From now on this ledger hands out the grants; the one before is refused by `write`. */
  takeOver(): void;
  write(grant: Grant): void;
  /** Takes a grant away unless a process that passed the gate under it is alive. */
  withdraw(containerId: ContainerId): Withdrawal;
  list(): readonly Grant[];
  /**
   * Makes the gate work in this mode, if one is installed: `enforce` refuses a start without a
   * grant, `observe` lets it pass when its devices are free.
   */
  setGateMode(mode: 'enforce' | 'observe'): void;
  /**
   * Devices that are free now, read by the gate in observe mode: each by all names by which the
   * engine may be asked for it (UUIDs, `0`, `0:1`, `all`).
   */
  publishFreeDevices(devices: readonly string[]): void;
}

/** Processes of this host. */
export interface HostProcesses {
  /** The container whose cgroup a process is in; `null` outside any, or when it can't be told. */
  containerOf(pid: number): ContainerId | null;
  /** `null` when it has ended. */
  describe(pid: number): HostProcess | null;
  /** Processes that are in the cgroups of these containers now, by container; others are left out. */
  ofContainers(ids: ReadonlySet<ContainerId>): ReadonlyMap<ContainerId, readonly number[]>;
  /**
   * Ends for good what a run of a container left behind that the engine has lost: its processes, and
   * the engine's own one that watches over them and keeps the container from being started again.
   * Only for a container of which the engine says that it doesn't run. Returns the processes that are
   * still there after some seconds.
   */
  endLeftBehind(id: ContainerId): Promise<readonly number[]>;
}

/** Ports inside containers. */
export interface ContainerPorts {
  /**
   * Connects with a TCP port of a running container's loopback (IPv4, then IPv6), as a process
   * inside could: with the container's network and nothing else of it. `pid` is its main process;
   * one that isn't a process of this container any more is `container.not-running`. Fails with
   * `port.no-listener`; `access.denied` where this process may not enter the container's network;
   * `port.refused` for a container that has the host's network.
   */
  connect(
    target: { readonly containerId: ContainerId; readonly pid: number; readonly port: number },
    signal?: AbortSignal,
  ): Promise<Duplex>;
}

/** One file of the configuration folder. */
export interface PolicyFile {
  /** Path as people see it. */
  readonly path: string;
  /** `null` when the file is there but can't be read; `error` says why. */
  readonly text: string | null;
  readonly error: string | null;
}

/** The configuration folder and the copy of the last one that was good. */
export interface PolicyFiles {
  /** All files there are; an empty list when the folder doesn't exist. */
  read(): readonly PolicyFile[];
  /**
   * A file that the settings name, such as the site's catalogue of base images: an administrator's own
   * (of root, or of who runs this process, and writable by nobody else) and at most 4 MiB; with an error
   * otherwise. `null` when there is none.
   */
  readNamed(path: string): PolicyFile | null;
  readLastGood(): readonly PolicyFile[] | null;
  /** Keeps a copy; files that can't be written are reported by an error, `internal.*`. */
  saveLastGood(files: readonly PolicyFile[]): void;
  /**
   * Replaces a file of the folder (`user-overrides.yaml`, `groups/student.members`), or makes it, in
   * one step; its mode and owner stay. Fails with `policy.changed` when what is there isn't
   * `expected` any more (`null`: no file), with `policy.refused` for a link, and with `internal.*`.
   */
  write(file: {
    readonly name: string;
    readonly expected: string | null;
    readonly text: string;
  }): void;
}

/** Wall clock. */
export interface Clock {
  /** Unix milliseconds, UTC. Somebody may set it. */
  nowMs(): number;
  /** Resolves after the delay, or rejects with `operation.interrupted` when aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that also knows a time that nobody can set. */
export interface SteadyClock extends Clock {
  /** Milliseconds since this machine was started, also while it slept. */
  bootMs(): number;
  /** Unlike after every other start of this machine. */
  bootId(): string;
}

/** Source of new identities. */
export interface Ids {
  leaseId(): LeaseId;
  /** Random hex digits. */
  hex(digits: number): string;
}

/** Structured diagnostics; never data for the user. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
