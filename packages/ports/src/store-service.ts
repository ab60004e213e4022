import type { GpuRequest, LeaseId, Username } from '@ds01/contracts';
import type {
  OperationState,
  PriorityClass,
  QueueState,
  TokenScope,
} from '@ds01/contracts/service';

/** A waiting request, as it is kept. Times are Unix milliseconds. */
export interface QueueRecord {
  readonly id: string;
  readonly user: Username;
  readonly uid: number;
  readonly kind: 'interactive' | 'job';
  readonly state: QueueState;
  readonly priority: PriorityClass;
  readonly gpu: GpuRequest;
  /** Name that its person gave, and Docker's name, of the container that it is for. */
  readonly container: string;
  readonly dockerName: string;
  /**
   * What makes two requests the same: a hash of the deploy's input. Who comes again with the same
   * one goes on waiting at the same place.
   */
  readonly fingerprint: string;
  /** The operation that waits for it; `null` when somebody does at a connection, or nobody. */
  readonly operation: string | null;
  /** The longest it may run; `null` is unknown. */
  readonly runtimeMs: number | null;
  readonly queuedAtMs: number;
  /** When it stops waiting; `null` is never. */
  readonly waitsUntilMs: number | null;
  /** Place that an administrator gave it: before all others, after them; `null`: by the rules. */
  readonly place: 'first' | 'last' | null;
  readonly held: boolean;
  /** Of its grant. */
  readonly leaseId: LeaseId | null;
  readonly grantedAtMs: number | null;
  readonly claimUntilMs: number | null;
  readonly endedAtMs: number | null;
  /** Why it ended, where more is known than its state says: the end of a sentence after `it was`. */
  readonly why?: string | undefined;
  /** The verb of the command that asks for it; absent is `deploy`. */
  readonly verb?: 'create' | undefined;
  /** Its person agrees to an end by the begin of a reservation of somebody else. */
  readonly untilReserved?: boolean | undefined;
}

/** Waiting requests. */
export interface QueueTable {
  /** Those that wait or have an unclaimed grant, oldest first. */
  live(): readonly QueueRecord[];
  get(id: string): QueueRecord | null;
  /** Inserts, or replaces. */
  put(record: QueueRecord): void;
  /** Those that ended since, oldest first. */
  endedSince(atMs: number): readonly QueueRecord[];
  removeEndedBefore(atMs: number): number;
}

/** What a person has used, weighted down with the half-life. */
export interface UsageRecord {
  readonly user: Username;
  /** GPU equivalents times hours, as they count at `atMs`. */
  readonly gpuHours: number;
  readonly atMs: number;
}

/** What people have used. */
export interface UsageTable {
  all(): readonly UsageRecord[];
  put(record: UsageRecord): void;
  remove(user: Username): void;
}

/** Long work, or a change with an `Idempotency-Key`, as it is kept. */
export interface OperationRecord {
  readonly id: string;
  readonly user: Username;
  readonly uid: number;
  readonly route: string;
  readonly object: string | null;
  readonly state: OperationState;
  /** The checked input as JSON while it runs and can be taken up again; else `null`. */
  readonly input: string | null;
  /** `null` when none was given. Unique for one uid. */
  readonly key: string | null;
  /** Hash of route and input, by which a key that is used for something else is noticed. */
  readonly fingerprint: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly lines: number;
  readonly progress: string | null;
  /** HTTP status and JSON text of the answer, once there is one. */
  readonly status: number | null;
  readonly answer: string | null;
}

/** Long work. */
export interface OperationTable {
  get(id: string): OperationRecord | null;
  byKey(uid: number, key: string): OperationRecord | null;
  /** Newest first; of one uid. `before` is an id. */
  list(of: {
    readonly uid: number;
    readonly running: boolean;
    readonly before: string | null;
    readonly limit: number;
  }): readonly OperationRecord[];
  /** Everybody's that are under way. */
  running(): readonly OperationRecord[];
  /** Inserts, or replaces. */
  put(record: OperationRecord): void;
  removeEndedBefore(atMs: number): number;
  /** Removes of each uid all ended ones but the newest so many; how many. */
  removeBeyond(newest: number): number;
  /** The same of one uid. */
  removeBeyondOf(uid: number, newest: number): number;
}

/** A token, as it is kept. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly user: Username;
  /** A token counts only while the account of this name has this uid. */
  readonly uid: number;
  readonly scope: TokenScope;
  /** SHA-256 of the secret in hexadecimal. */
  readonly hash: string;
  readonly hint: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedFrom: string | null;
}

/** Tokens. */
export interface TokenTable {
  byHash(hash: string): TokenRecord | null;
  get(id: string): TokenRecord | null;
  /** Newest first; of one uid, or everybody's. */
  list(uid: number | null): readonly TokenRecord[];
  /** Inserts, or replaces. */
  put(record: TokenRecord): void;
  remove(id: string): void;
}
