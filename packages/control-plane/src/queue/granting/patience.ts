import type { SteadyClock } from '@ds01/ports';
import type { UserPolicy } from '../../policy.ts';

/** Remembers how long there have been no GPUs for requests that there once were GPUs for. */
export interface Patience {
  /** The rules find no fault with a request of somebody with such limits. */
  isFine(id: string, limits: ForGpus): void;
  /**
   * Whether a request is to wait although nothing that could fall free would do: because GPUs went away,
   * and not for too long, while the limits that choose among them are what they were.
   */
  isHopeful(refusal: { readonly id: string; readonly code: string }, limits: ForGpus): boolean;
  /** All others have ended. */
  keepOnly(ids: ReadonlySet<string>): void;
}

/** Limits that say which GPUs somebody may have, not how many. */
type ForGpus = Pick<UserPolicy, 'minGpuMemoryBytes'> & {
  readonly allocation: Pick<UserPolicy['allocation'], 'allowFullGpu'>;
};

/** A GPU that resets, a driver that is loaded again or a MIG layout that is being made takes less. */
const longestMs = 600_000;

/** Nobody is remembered yet. */
export function createPatience(clock: Pick<SteadyClock, 'bootMs'>): Patience {
  const fine = new Map<string, string>();
  const sinceMs = new Map<string, number>();
  return {
    isFine(id, limits) {
      fine.set(id, keyOf(limits));
      sinceMs.delete(id);
    },
    isHopeful({ id, code }, limits) {
      const key = keyOf(limits);
      if (!code.startsWith('gpu.') || (fine.get(id) ?? key) !== key) return false;
      const nowMs = clock.bootMs();
      const since = sinceMs.get(id) ?? nowMs;
      sinceMs.set(id, since);
      return nowMs - since < longestMs;
    },
    keepOnly(ids) {
      for (const known of [fine, sinceMs]) {
        for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
      }
    },
  };
}

function keyOf({ allocation, minGpuMemoryBytes }: ForGpus): string {
  return `${allocation.allowFullGpu} ${minGpuMemoryBytes}`;
}
