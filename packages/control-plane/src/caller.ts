import type { Role } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import type { SharedLooks } from './reconcile/shared-looks.ts';

/** For whom a use case acts, and through which door. Decided by the app, never by the request. */
export interface Caller {
  /** Who owns and pays for what is made. */
  readonly owner: HostAccount;
  readonly interface: 'orchestration' | 'atomic';
  /** What the person may see of others. */
  readonly role: Role;
}

/**
 * How much a use case needs to know about the GPUs: `needed` waits for them, `if-quick` goes on
 * without what doesn't come soon.
 */
export type GpuNeed = 'needed' | 'if-quick';

/** What every use case takes besides its input. */
export interface UseCaseOptions {
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** One line about what is going on, for people who wait. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** For what only reads: what others see is good for it, too. Without, it looks itself. */
  readonly looks?: SharedLooks | undefined;
}
