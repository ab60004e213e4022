import type { ContainerId } from '@ds01/contracts';
import type { HostAccount } from './accounts.ts';

/** A container to measure. */
export interface ActivityTarget {
  readonly id: ContainerId;
  readonly cgroupParent: string;
}

/** Counters of one container at one moment; only their differences mean something. */
export interface ActivityReading {
  /** {@link Clock.bootMs} of the reading. */
  readonly atMs: number;
  /** CPU time used since its cgroup was made; `null` is unknown. */
  readonly cpuTimeMs: number | null;
  /** Received and sent; `null` is unknown, and for one that shares another's or the host's network. */
  readonly networkBytes: number | null;
  /**
   * When a process last read from a terminal of the container, in Unix milliseconds; `null` without a
   * terminal. To 8 s, as the kernel keeps it. What is printed doesn't count.
   */
  readonly inputAtMs: number | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly processes: number | null;
}

/** Measures what goes on in containers. */
export interface ActivityMeter {
  /**
   * All of them in one pass over the kernel's own files: no call of the engine, no process started.
   * Those that have no processes on this host are left out.
   */
  read(targets: readonly ActivityTarget[]): Promise<ReadonlyMap<ContainerId, ActivityReading>>;
}

/** How much one slot of a GPU is used, where something else than the driver's tool knows it. */
export interface SlotUtilization {
  /** UUID of the device. */
  readonly deviceUuid: string;
  /** GPU instance of MIG; `null` for the whole GPU. */
  readonly gpuInstanceId: number | null;
  readonly percent: number;
}

/** Another source of the use of GPUs, DCGM for one; finer than the driver's tool under MIG. */
export interface UtilizationSource {
  /** What is known now; `null` where there is no such source or it doesn't answer soon. Never fails. */
  percents(signal?: AbortSignal): Promise<readonly SlotUtilization[] | null>;
}

/** A process of this host. */
export interface HostProcess {
  readonly pid: number;
  readonly uid: number;
  /** Its program's name, without arguments. */
  readonly program: string;
  /** Unix milliseconds; `null` when it can't be told. */
  readonly startedAtMs: number | null;
}

/** Small files in people's trees, touched with their rights alone. */
export interface PeopleFiles {
  /**
   * When a regular file was last changed, in Unix milliseconds; `null` when there is none (a link, a
   * folder and what can't be read are none).
   */
  modifiedAt(file: {
    readonly account: HostAccount;
    readonly path: string;
  }): Promise<number | null>;
  /** Whether a regular file that the account may execute is there. */
  isProgram(file: { readonly account: HostAccount; readonly path: string }): Promise<boolean>;
  /**
   * Puts text at the end of a file, which is cut at its beginning when it gets larger than `maxBytes`.
   * Refuses as `writeFileOf` of `@ds01/as-user` does.
   */
  append(file: {
    readonly account: HostAccount;
    readonly path: string;
    readonly text: string;
    readonly maxBytes: number;
  }): Promise<void>;
}

/** Terminals of people on this host. */
export interface Terminals {
  /** Writes to every terminal that the account is logged in at; how many there were. Never waits. */
  write(account: HostAccount, text: string): Promise<number>;
  /** Uids that have a terminal, root's left out. */
  owners(): Promise<readonly number[]>;
}

/** A mail to one person. */
export interface Mail {
  /** `smtp://host:port` or `smtps://host:port`. */
  readonly server: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Sends to other machines. Both fail with `notify.failed`, saying whether a retry makes sense;
 * `details.answered` is true where the server is there, and only this message is not for it.
 */
export interface Messengers {
  mail(mail: Mail, signal?: AbortSignal): Promise<void>;
  /** POSTs JSON. */
  webhook(
    target: { readonly url: string; readonly body: string },
    signal?: AbortSignal,
  ): Promise<void>;
}
