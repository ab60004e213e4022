import type { ContainerId } from '@ds01/contracts';
import type { ActivityTarget } from './activity.ts';

/** What systemd says of a unit; `absent` when it doesn't know it. */
export type UnitState = 'active' | 'inactive' | 'failed' | 'absent';

/** How many keys of the kernel an account has, of how many (keyrings(7)). */
export interface KeyUse {
  readonly uid: number;
  readonly keys: number;
  readonly maxKeys: number;
}

/** A range of ids for user namespaces (subuid(5)). */
export interface IdRange {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

/** How containers get at GPUs here, besides by DS01. */
export interface GpuAccess {
  /** The driver's control device is there. */
  readonly hasDevice: boolean;
  /**
   * Its link in `/dev/char` is there: without, `systemctl daemon-reload` takes GPUs from running
   * containers.
   */
  readonly hasDeviceLink: boolean;
  /**
   * Whether NVIDIA's runtime obeys `NVIDIA_VISIBLE_DEVICES` of anybody's container; `null` when it
   * isn't configured here.
   */
  readonly obeysEnvironment: boolean | null;
  /** Descriptions of devices for the Container Device Interface. */
  readonly specs: readonly { readonly path: string; readonly text: string }[];
}

/** What else of this host DS01 depends on, read for whoever checks it. Nothing here fails. */
export interface HostFacts {
  /** By the names that were asked for; `null` where systemd isn't in charge, or doesn't answer. */
  units(names: readonly string[]): Promise<ReadonlyMap<string, UnitState> | null>;
  /** Whether a time service keeps the wall clock; `null` when it can't be told. */
  clockIsKept(): Promise<boolean | null>;
  /** Whether swap is counted, so that memory limits cover it; `null` when it can't be told. */
  countsSwap(cgroupVersion: 1 | 2): boolean | null;
  /** Of every account that has any. */
  keys(): readonly KeyUse[];
  idRanges(): readonly IdRange[];
  gpuAccess(): GpuAccess;
  /** Those whose cgroup doesn't let them use GPUs any more; none where that can't be told. */
  withoutGpuAccess(targets: readonly ActivityTarget[]): Promise<readonly ContainerId[]>;
}
