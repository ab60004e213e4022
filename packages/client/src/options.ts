import type { Logger } from '@ds01/ports';

/** How to reach a daemon, and as whom. */
export interface ClientOptions {
  /** Path of the daemon's unix socket. */
  readonly socketPath: string;
  /** Version of the calling program; another major is refused by the daemon. */
  readonly version: string;
  /** Account to act for (administrators only); `null` for oneself. */
  readonly actFor?: string | null;
  /** Change nothing in any call. */
  readonly dryRun?: boolean;
  /**
   * Answers of a daemon of the very same version are not checked against their schemas; those of
   * others always are.
   */
  readonly trustsOwnVersion?: boolean;
  readonly logger?: Logger;
  /** Told once when the daemon's version is another one. */
  readonly onVersion?: (serverVersion: string) => void;
}
