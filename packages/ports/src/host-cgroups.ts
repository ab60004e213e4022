import type { ContainerId, GroupName, Slug } from '@ds01/contracts';

/** Aggregate limits of one user over all their containers. `null` is no limit. */
export interface AggregateLimits {
  readonly cpus: number | null;
  readonly memoryMaxBytes: number | null;
  readonly memoryHighBytes: number | null;
  readonly tasksMax: number | null;
}

/** Parent cgroups of users. */
export interface UserCgroups {
  /**
   * Makes the user's parent with these limits, in place before any container starts, and returns
   * what to give to the engine as cgroup parent. Notices tell what this host can't enforce.
   */
  ensure(request: {
    readonly group: GroupName;
    readonly slug: Slug;
    readonly limits: AggregateLimits;
  }): Promise<{ readonly cgroupParent: string; readonly notices: readonly string[] }>;
  /**
   * Makes a parent for the steps of builds below the user's own, with limits of its own over all
   * builds of the user together, and returns what to give to the engine. The user's own must be there.
   */
  ensureForBuilds(request: {
    readonly group: GroupName;
    readonly slug: Slug;
    readonly limits: AggregateLimits;
  }): Promise<{ readonly cgroupParent: string; readonly notices: readonly string[] }>;
  /** True for a cgroup parent that `ensureForBuilds` gave: what runs there is a step of a build. */
  isForBuilds(cgroupParent: string): boolean;
  /**
   * Removes the parents that hold no process and no child, but those for which `keep` answers
   * true (users who have a container or are about to have one).
   */
  removeEmpty(keep: (group: string, slug: string) => boolean): Promise<void>;
}

/**
 * What a group of processes uses, as the kernel counts it at one moment. `null` is unknown; of a
 * limit also none.
 */
export interface UsageReading {
  /** A monotonic clock: only differences mean something. */
  readonly atMs: number;
  /** CPU time used since the group was made. */
  readonly cpuTimeMs: number | null;
  readonly cpusLimit: number | null;
  /** Without cache that goes first when memory is short. */
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly pids: number | null;
  readonly pidsLimit: number | null;
  readonly blockReadBytes: number | null;
  readonly blockWrittenBytes: number | null;
  readonly networkReceivedBytes: number | null;
  readonly networkSentBytes: number | null;
}

/** Reads what is used; cheap enough for hundreds of containers at once. Changes nothing. */
export interface UsageMeter {
  /**
   * A container's. `null` when it has no processes on this host. `ownNetwork` is false for one that
   * shares another's or the host's network: what passes there isn't its own.
   */
  ofContainer(target: {
    readonly id: ContainerId;
    readonly cgroupParent: string;
    readonly ownNetwork: boolean;
  }): Promise<UsageReading | null>;
  /** Of all containers of a user together, but for network; `null` when they have none. */
  ofUser(target: { readonly group: GroupName; readonly slug: Slug }): Promise<UsageReading | null>;
}
