import type {
  BuildState,
  ContainerId,
  ContainerMounts,
  Lease,
  LeaseId,
  LeaseState,
  OwnerEvidence,
  Username,
} from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { OperationTable, QueueTable, TokenTable, UsageTable } from './store-service.ts';

/** What is known of a container, kept so that it isn't inspected again and again. */
export interface ContainerRecord {
  readonly id: ContainerId;
  readonly dockerName: string;
  /** Who pays for it; `null` when unowned. */
  readonly user: Username | null;
  readonly uid: number | null;
  /** What its owner types. */
  readonly name: string;
  /**
   * The name that it was made under, which is its host name and stays the one inside; `null` for
   * foreign ones, and for older records of containers that kept their name.
   */
  readonly hostname: string | null;
  /** Made by us, under a valid signature. */
  readonly managed: boolean;
  /** From what its owner is known; `null` when that couldn't be found out yet. */
  readonly ownerBy: OwnerEvidence | null;
  readonly interface: string;
  readonly image: string;
  readonly project: string | null;
  readonly workspace: string | null;
  /** Hash of the canonical request; `null` for foreign containers. */
  readonly requestHash: string | null;
  readonly leaseId: LeaseId | null;
  /** Device ids as written in the container: UUIDs, indices, `all`, `count:N`; empty for none. */
  readonly devices: readonly string[];
  readonly protected: boolean;
  readonly monitoring: boolean;
  readonly cgroupParent: string;
  /** Key of its pins; `null` when it has none. */
  readonly pinKey: string | null;
  /** What it needs on the host before it starts; `null` for foreign ones and those of older labels. */
  readonly mounts: ContainerMounts | null;
  /** Id of the job that it belongs to; `null` without. */
  readonly job: string | null;
  /** The canonical request as JSON; `null` when unknown (foreign, or the database was lost). */
  readonly request: string | null;
  readonly createdAtMs: number;
  /** Start of its present run as it was last looked up; `null` while it doesn't run. */
  readonly startedAtMs: number | null;
}

/** Leases inside one transaction. */
export interface LeaseTable {
  /** Every lease that isn't released. */
  live(): readonly Lease[];
  /** A lease in any state, released ones included. */
  get(id: LeaseId): Lease | null;
  /** Fails with `lease.conflict` when a claim on silicon is taken by a live lease. */
  insert(lease: Lease): void;
  /**
   * Changes fields of a lease if it still has `token` and one of `states`; false when it doesn't.
   * Moving to `released` frees its claims.
   */
  update(
    id: LeaseId,
    expected: { readonly token: number; readonly states: readonly LeaseState[] },
    change: Partial<
      Pick<
        Lease,
        | 'state'
        | 'token'
        | 'containerId'
        | 'dockerName'
        | 'expiresAtMs'
        | 'heldUntilMs'
        | 'slots'
        | 'user'
      >
    >,
  ): boolean;
  /** A fencing token above all given out before, also across a lost database. */
  nextToken(): number;
}

/** Containers known, by id. */
export interface ContainerTable {
  all(): readonly ContainerRecord[];
  get(id: ContainerId): ContainerRecord | null;
  put(record: ContainerRecord): void;
  remove(id: ContainerId): void;
}

/** A build of an image, under way or ended. Its text and log are read apart. */
export interface BuildRecord {
  /** The immutable tag, unique for this person and image: `b20261122-1`. */
  readonly build: string;
  readonly uid: number;
  /** The image's name as its owner types it. */
  readonly name: string;
  readonly state: BuildState;
  /** Why it failed; `null` otherwise. */
  readonly reason: string | null;
  /** `null` unless it succeeded. */
  readonly imageId: string | null;
  readonly steps: number | null;
  readonly cachedSteps: number | null;
  /** Where the client had the Dockerfile. */
  readonly dockerfilePath: string | null;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
}

/** Builds, kept for their history and logs. */
export interface BuildTable {
  /** Inserts, or replaces what is known of it but for its Dockerfile and log. */
  put(record: BuildRecord): void;
  /** Newest first; of one image, or of all of a person (`null`), or of everybody (`uid: null`). */
  list(of: { readonly uid: number | null; readonly name: string | null }): readonly BuildRecord[];
  get(of: BuildKey): BuildRecord | null;
  /** Sets the Dockerfile or the end of the log; what isn't given stays. */
  putText(of: BuildKey, text: Partial<BuildText>): void;
  text(of: BuildKey): BuildText | null;
  remove(of: BuildKey): void;
}

/** What names a build. */
export type BuildKey = Pick<BuildRecord, 'uid' | 'name' | 'build'>;

/** What a build was made from, and what it printed. */
export interface BuildText {
  readonly dockerfile: string;
  /** The end of it, when it is long. */
  readonly log: string;
  readonly logCut: boolean;
}

/** An event as it is kept. */
export interface EventRecord {
  /** Grows with every event. */
  readonly id: number;
  readonly atMs: number;
  readonly event: NewEvent;
}

/** Which events are meant; `null` is any. */
export interface EventQuery {
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  /** Beginning of the type. */
  readonly typePrefix: string | null;
  /** `null` is everybody's, and what concerns nobody. */
  readonly of: { readonly user: string; readonly uid: number | null } | null;
  /** Docker names, ids, or names of the owner's; any of them. */
  readonly containers: readonly string[] | null;
}

/** What happened: appended to, never changed. */
export interface EventTable {
  /** Returns the id. */
  append(event: NewEvent, atMs: number): number;
  /** The newest ones that fit, oldest of them first. */
  list(
    query: EventQuery & { readonly beforeId: number | null; readonly limit: number },
  ): readonly EventRecord[];
  /** Those after an id, oldest first. */
  after(
    query: EventQuery & { readonly afterId: number; readonly limit: number },
  ): readonly EventRecord[];
  /** Id of the newest; 0 without any. */
  lastId(): number;
  count(query: EventQuery): {
    readonly total: number;
    readonly types: readonly { readonly type: string; readonly count: number }[];
    readonly users: readonly { readonly user: string | null; readonly count: number }[];
    /** UTC days, `2026-11-22`. */
    readonly days: readonly { readonly day: string; readonly count: number }[];
  };
  /** Removes those that happened before; how many. */
  removeBefore(atMs: number): number;
  /** Removes of each person and type all but the newest so many; how many. */
  removeBeyond(newest: number): number;
}

/** What the rules remember of containers, as text that the control plane writes and reads. */
export interface LifecycleTable {
  all(): readonly { readonly containerId: ContainerId; readonly memory: string }[];
  get(id: ContainerId): string | null;
  put(id: ContainerId, memory: string): void;
  remove(id: ContainerId): void;
}

/** A message that has to be delivered. */
export interface OutgoingMessage {
  readonly id: number;
  readonly user: string | null;
  /** `terminal`, `workspace`, `mail`, `webhook`. */
  readonly channel: string;
  /** What it says and where it goes, as text that the control plane writes and reads. */
  readonly body: string;
  readonly createdAtMs: number;
  readonly attempts: number;
  readonly nextAtMs: number;
}

/** Messages that wait for their delivery; they survive a restart. */
export interface OutboxTable {
  add(message: Omit<OutgoingMessage, 'id' | 'attempts'>): number;
  /** Those whose time has come, by it. */
  due(nowMs: number, limit: number): readonly OutgoingMessage[];
  /** When the next one is due; `null` without any. */
  nextAtMs(): number | null;
  postpone(id: number, nextAtMs: number): void;
  remove(id: number): void;
}

/** Small facts about the ledger itself. */
export interface MetaTable {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Entries whose key starts with `prefix`, by key. */
  list(prefix: string): readonly { readonly key: string; readonly value: string }[];
}

/** What can be done inside one transaction. */
export interface StoreTransaction {
  readonly leases: LeaseTable;
  readonly containers: ContainerTable;
  readonly builds: BuildTable;
  readonly events: EventTable;
  readonly lifecycle: LifecycleTable;
  readonly outbox: OutboxTable;
  readonly queue: QueueTable;
  readonly usage: UsageTable;
  readonly operations: OperationTable;
  readonly tokens: TokenTable;
  readonly meta: MetaTable;
}

/**
 * The ledger's storage. A transaction is immediate (one writer at a time), synchronous and all or
 * nothing. It runs on the database that is at the path *now*: when the file was deleted, replaced,
 * truncated or damaged it is set aside and a new, empty one is made, which says so through the absent
 * meta key `ready`; the caller rebuilds. Work that was in progress on the lost one runs again, so what
 * it does outside the transaction must be safe to repeat. Errors: `ledger.busy`, `internal.storage-full`,
 * `internal.state-unwritable`, `ledger.unavailable`, `lease.conflict`.
 */
export interface Store {
  transaction<T>(work: (transaction: StoreTransaction) => T): T;
  /** Folder of the ledger's file; `null` for one in memory. */
  readonly directory: string | null;
  /** What SQLite's own check finds wrong with the ledger; `null` when it is whole, or not there yet. */
  damage(): string | null;
  close(): void;
}
