import type {
  ContainerType,
  GpuReservation,
  GroupName,
  PlacementStrategy,
  ShowHolders,
  Username,
} from '@ds01/contracts';
import type { LimitLayerValues } from './layer.ts';

/** A group of the limits file. */
export interface PolicyGroup {
  readonly name: GroupName;
  /** Members by name or slug, from the members file and the inline list. */
  readonly members: ReadonlyMap<string, MemberOrigin>;
  readonly values: LimitLayerValues;
}

/** Where a member of a group is listed. */
export interface MemberOrigin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A lifecycle rule that a user can be exempt from. */
export type ExemptLimit = 'idle_timeout_h' | 'max_runtime_h';

/** An entry of lifecycle-exemptions.yaml. */
export interface LifecycleExemption {
  /** Name or slug. */
  readonly user: string;
  readonly exemptFrom: readonly ExemptLimit[];
  readonly reason: string;
  /** Unix milliseconds from which it no longer holds; `null` is permanent. */
  readonly untilMs: number | null;
  readonly file: string;
  readonly line: number;
}

/** An entry of temporary-overrides.yaml. */
export interface TemporaryOverride {
  /** Name or slug. */
  readonly user: string;
  readonly values: LimitLayerValues;
  /** Unix milliseconds from which it no longer holds. */
  readonly untilMs: number;
  readonly reason: string;
  readonly file: string;
  readonly line: number;
}

/** A reservation of GPUs, and where it is written. */
export interface WrittenReservation extends GpuReservation {
  /** What it is called in reservations.yaml; `null` for one that stands beside a user's limits. */
  readonly id: string | null;
  /** Who made it; `null` when the file doesn't say. */
  readonly approvedBy: string | null;
  readonly file: string;
  readonly line: number;
}

/** A value of `container_types` and where it comes from; `null` is no limit. */
export interface ContainerTypeValue {
  readonly value: number | null;
  /** `null` for built-in values. */
  readonly file: string | null;
  /** `null` for built-in values. */
  readonly line: number | null;
}

/** Lifecycle rules of containers of one type, in the units of the keys. */
export interface ContainerTypeLimits {
  readonly idle_timeout_h: ContainerTypeValue;
  readonly max_runtime_h: ContainerTypeValue;
  readonly sigterm_grace_s: ContainerTypeValue;
  /** `undefined`: the type says nothing, the owner's own limit counts. */
  readonly container_hold_after_stop_h: ContainerTypeValue | undefined;
}

/** Who administers the site, from `access_control`. */
export interface AccessControl {
  readonly adminUsers: readonly Username[];
  /** A Unix group; `null` for none. */
  readonly adminGroup: string | null;
  /** `null` when the file says nothing. */
  readonly showHolders: ShowHolders | null;
}

/** Rules of GPU use outside containers, from `bare_metal_access`. */
export interface BareMetalAccess {
  readonly exemptUsers: readonly Username[];
  readonly adminGroup: string | null;
  readonly defaultGrantDurationH: number;
  readonly stateDir: string;
}

/** A validated configuration folder. Immutable plain data, made by `loadPolicy`. */
export interface Policy {
  readonly defaults: LimitLayerValues;
  /** In the file's order: the first one that lists a user is the user's. */
  readonly groups: readonly PolicyGroup[];
  /** The group of users that no group lists. */
  readonly defaultGroup: GroupName;
  /** By name or slug. */
  readonly overrides: ReadonlyMap<string, LimitLayerValues>;
  /** In the file's order: a later one counts before an earlier one. */
  readonly temporaryOverrides: readonly TemporaryOverride[];
  readonly reservations: readonly WrittenReservation[];
  readonly exemptions: readonly LifecycleExemption[];
  readonly containerTypes: Readonly<Record<ContainerType, ContainerTypeLimits>>;
  /** Present when `enforcement.aggregate_limits` is false: where it says so. */
  readonly aggregateLimitsOff: { readonly file: string; readonly line: number } | null;
  readonly strategy: PlacementStrategy;
  /** Groups that group-overrides.txt gives to people whom no group lists. */
  readonly groupOverrides: ReadonlyMap<string, GroupName>;
  /** People of groups/archived.members, who are put into no group. */
  readonly archived: ReadonlySet<string>;
  readonly accessControl: AccessControl;
  readonly bareMetalAccess: BareMetalAccess;
}
