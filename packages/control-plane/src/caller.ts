import type { Role, Username } from '@ds01/contracts';
import type { TokenScope } from '@ds01/contracts/service';
import type { HostAccount } from '@ds01/ports';
import type { ListContainers } from './reconcile/listing-mirror.ts';
import type { SharedLooks } from './reconcile/shared-looks.ts';

/** For whom a use case acts, and through which door. Decided by the app, never by the request. */
export interface Caller {
  /** Who owns and pays for what is made. */
  readonly owner: HostAccount;
  readonly interface: 'orchestration' | 'atomic' | 'api';
  /** What the person may see of others. */
  readonly role: Role;
  /** Who acts in the owner's name, where that is somebody else; see {@link actorOf}. */
  readonly actor?: Username | undefined;
  /** The token that they came with; without one, the kernel said who calls. */
  readonly token?: CallerToken | undefined;
}

/** Who did what is written down of a caller: whoever acts for a person did it, not that person. */
export function actorOf({ owner, actor }: Pick<Caller, 'owner' | 'actor'>): Username {
  return actor ?? owner.name;
}

/** A token that a person came with. */
export interface CallerToken {
  readonly id: string;
  readonly scope: TokenScope;
  /** Whether nobody on the way could read it. */
  readonly secure: boolean;
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
  /** Id of the operation that it runs in, which goes on without its caller. */
  readonly operation?: string | undefined;
  /** For what only reads: what others see is good for it, too. Without, it looks itself. */
  readonly looks?: SharedLooks | undefined;
  /** For what needs no GPUs: where the listing comes from, the engine when left out. */
  readonly list?: ListContainers | undefined;
}
