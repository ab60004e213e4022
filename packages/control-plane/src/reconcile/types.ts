import type { ContainerId, GpuInventory, Lease, LeasedSlot, Slot, Username } from '@ds01/contracts';
import type { ContainerRecord, EngineContainerState, Grant } from '@ds01/ports';

/** A container as it is right now. */
export interface ObservedContainer {
  readonly record: ContainerRecord;
  readonly state: EngineContainerState;
  /** End of its last run; `null` when it never ran, runs, or wasn't asked. */
  readonly finishedAtMs: number | null;
  /** What a rule does next with it, as the last pass saw it; absent without. */
  readonly planned?: PlannedEnd;
}

/** What a rule is going to do with a container. */
export interface PlannedEnd {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly reason: string;
  /** It ends a container that runs, else one that is stopped. */
  readonly whileAlive: boolean;
}

/** What a repair is planned on: the ledger as it was *before* the engine was listed, and the world. */
export interface ReconcileView {
  readonly leases: readonly Lease[];
  readonly containers: readonly ObservedContainer[];
  /** Ids of containers in the ledger that the engine no longer has. */
  readonly vanished: readonly ContainerId[];
  /** `null` when the GPUs can't be read: then nothing is adopted or declared lost. */
  readonly inventory: GpuInventory | null;
  /** Slots on which a container's processes compute, whatever it asked for. */
  readonly inUseBy: (id: ContainerId) => readonly Slot[];
  readonly grants: readonly Grant[];
  /** Docker names of containers that a command is starting: they only look stopped. */
  readonly starting: ReadonlySet<string>;
  readonly nowMs: number;
  /** When this machine was started: nobody could start anything while it was off. */
  readonly bootedAtMs: number;
  /** How long a stopped container of this record keeps its GPU, in ms; `null` is for ever. */
  readonly holdMs: (record: ContainerRecord) => number | null;
  /** True when the container's lease ended without ever being bound: its creator died. */
  readonly neverBound: (record: ContainerRecord) => boolean;
  /** The database is new: stopped containers get their holds back too. */
  readonly rebuilding: boolean;
}

/** A lease for a container that has none. */
export interface Adoption {
  readonly kind: 'adopt';
  readonly record: ContainerRecord;
  readonly slots: readonly LeasedSlot[];
  readonly state: 'bound' | 'held' | 'external';
  readonly heldUntilMs: number | null;
}

/** One repair of the ledger or the world. */
export type Repair =
  | { readonly kind: 'forget'; readonly containerId: ContainerId }
  | { readonly kind: 'release'; readonly lease: Lease; readonly reason: string }
  | { readonly kind: 'hold'; readonly lease: Lease; readonly heldUntilMs: number | null }
  | {
      readonly kind: 'bind';
      readonly lease: Lease;
      readonly state: 'bound' | 'external';
      /** Whose the container is. */
      readonly user: Username | null;
    }
  | { readonly kind: 'charge'; readonly lease: Lease; readonly user: Username | null }
  | { readonly kind: 'lose'; readonly lease: Lease }
  | { readonly kind: 'expire'; readonly lease: Lease; readonly containerId: ContainerId | null }
  | { readonly kind: 'end-hold'; readonly lease: Lease }
  | Adoption
  | { readonly kind: 'grant'; readonly lease: Lease }
  | {
      readonly kind: 'revoke';
      readonly containerId: ContainerId;
      /** For when it turns out that the container started under its stray grant. */
      readonly adoption: Adoption | null;
    }
  | { readonly kind: 'remove-orphan'; readonly containerId: ContainerId };
