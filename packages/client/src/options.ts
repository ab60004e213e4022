import type { Logger } from '@ds01/ports';
import type { RetryOptions } from './retry.ts';

/** A daemon on this machine; the kernel tells it who calls. */
export interface SocketTarget {
  /** Path of the daemon's unix socket. */
  readonly socketPath: string;
  readonly url?: never;
}

/** A daemon that listens at an address. */
export interface AddressTarget {
  /** `https://gpu.example.org:7443`, `http://127.0.0.1:7480`; a path in it stands before every route. */
  readonly url: string;
  /** Secret of a token, `ds01_…`. */
  readonly token: string;
  /** Certificates in PEM that the daemon's is checked against, instead of the system's. */
  readonly ca?: string | undefined;
  readonly socketPath?: never;
}

/** Where a daemon is reached. */
export type ClientTarget = SocketTarget | AddressTarget;

/** As whom, and how, a daemon is spoken to. */
export interface CallerOptions {
  /** Version of the calling program; another major is refused by the daemon. None is not compared. */
  readonly version?: string;
  /** Account to act for (administrators only); `null` for oneself. */
  readonly actFor?: string | null;
  /** Change nothing in any call. */
  readonly dryRun?: boolean;
  /**
   * Answers of a daemon of the very same version are not checked against their schemas; those of
   * others always are.
   */
  readonly trustsOwnVersion?: boolean;
  /**
   * How often what failed on the way is sent again; `false` is never. By default requests to an address
   * are, those over the socket aren't: there, a daemon that doesn't answer is said at once.
   */
  readonly retry?: RetryOptions | false;
  readonly logger?: Logger;
  /** Told once when the daemon's version is another one. */
  readonly onVersion?: (serverVersion: string) => void;
  /** Told once when the token ends, where that is within two weeks or the last tenth of its life. */
  readonly onTokenExpiry?: (expiresAt: Date) => void;
}

/** How to reach a daemon, and as whom. */
export type ClientOptions = ClientTarget & CallerOptions;
