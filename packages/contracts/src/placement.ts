import type { ErrorCode } from './errors.ts';
import type { GpuInventory, GpuLink, Slot, SlotId, SlotUuid } from './gpu.ts';
import type { Lease } from './lease.ts';
import type { GroupName, Username } from './names.ts';

/** A time span for which slots are kept for one user, or for a group. Times are Unix milliseconds. */
export interface GpuReservation {
  /** `null`: for a group. */
  readonly user: Username | null;
  /** For whoever is in it, in place of one user. */
  readonly group?: GroupName | null;
  readonly slots: readonly SlotId[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/** One immutable view of the world that a decision is made on. */
export interface AllocationSnapshot {
  readonly inventory: GpuInventory;
  /** Live leases of everybody; released ones are ignored. */
  readonly leases: readonly Lease[];
  /** Slots that processes outside any container use. */
  readonly busy: readonly SlotUuid[];
  readonly reservations: readonly GpuReservation[];
  /** Now, in Unix milliseconds; only reservations depend on it. */
  readonly nowMs: number;
}

/** How slots are chosen among those that are allowed. */
export type PlacementStrategy = 'packed' | 'distributed' | 'topology';

/** What the owner may have. `null` is no limit. */
export interface AllocationPolicy {
  readonly user: Username;
  /** The group whose reservations are theirs, too; absent: none. */
  readonly group?: GroupName;
  /**
   * The longest that what is placed now stays: no reservation of somebody else may begin before it ends.
   * `null`: nothing ends it; absent: only reservations that have begun count.
   */
  readonly longestMs?: number | null;
  readonly strategy: PlacementStrategy;
  readonly maxGpuEquivalents: number | null;
  readonly aggregateGpuLimit: number | null;
  readonly maxSlotsPerContainer: number | null;
  readonly allowFullGpu: boolean;
}

/** Why a slot was passed over or taken. `code` is stable, `message` is for people. */
export interface PlacementReason {
  readonly code:
    | 'chosen'
    | 'not-needed'
    | 'leased'
    | 'shares-memory'
    | 'busy'
    | 'unhealthy'
    | 'health-unknown'
    | 'lost'
    | 'reserved-for-other'
    | 'reserved-soon'
    | 'full-gpu-not-allowed'
    | 'wrong-profile'
    | 'wrong-model'
    | 'too-little-memory'
    | 'memory-unknown'
    | 'not-a-whole-gpu'
    | 'not-requested'
    | 'over-quota';
  readonly message: string;
}

/** One slot of the inventory with every reason for and against it. */
export interface PlacementCandidate {
  readonly slot: SlotId;
  readonly uuid: SlotUuid;
  readonly accepted: boolean;
  readonly reasons: readonly PlacementReason[];
}

/** Slots to lease. */
export interface Placement {
  readonly decision: 'placed';
  readonly slots: readonly Slot[];
  readonly gpuEquivalents: number;
  /** One sentence: what was taken and why. */
  readonly reason: string;
  readonly candidates: readonly PlacementCandidate[];
}

/** Why nothing was placed. */
export interface PlacementRefusal {
  readonly decision: 'refused';
  readonly code: ErrorCode;
  /** One sentence: what was asked, what is allowed or there. */
  readonly reason: string;
  /** The offending values: used, asked, allowed and such. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  /** True when the same request may succeed later without any change of limits. */
  readonly retryable: boolean;
  readonly candidates: readonly PlacementCandidate[];
}

/** Outcome of one decision. */
export type PlacementDecision = Placement | PlacementRefusal;

/** Links between the devices of an inventory, for policies that look at topology. */
export type PlacementLinks = readonly GpuLink[];
