import type { HostAccount } from './accounts.ts';

/** How much space a person's files take in a folder. */
export interface StorageReading {
  /** Space on the disk, not the lengths that files claim: a sparse file counts for what is in it. */
  readonly bytes: number;
  /** False when time was up before the end: there is at least this much. */
  readonly complete: boolean;
}

/** Measures people's folders. */
export interface StorageMeter {
  /**
   * The account's own files in a folder and below, looked at with its rights alone: what others put
   * there counts for them, what it may not read isn't found, links and other file systems below aren't
   * followed. `null` when there is no such folder, or it doesn't answer. Gives way to everybody else's
   * use of the disk, and ends after `timeoutMs`. The person could change what it says; nobody else's.
   */
  ofFolder(folder: {
    readonly account: HostAccount;
    /** Absolute. Links in the path itself are followed with the account's rights. */
    readonly path: string;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<StorageReading | null>;
}
