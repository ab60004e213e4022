import type { GpuInventory } from '@ds01/contracts';
import type { GpuProbe } from '@ds01/ports';
import { probeFailure } from './probe-failure.ts';
import { createSharedReading } from './shared-reading.ts';

/** A probe whose GPUs are whatever it was last told. */
export interface InMemoryProbe extends GpuProbe {
  /** Further readings give this inventory. */
  set(inventory: GpuInventory): void;
  /** Further readings fail with this error, until the next `set`. */
  fail(error: Error): void;
}

/** A probe for tests, without a driver and without a cache. */
export function createInMemoryProbe(inventory: GpuInventory): InMemoryProbe {
  let answer: { readonly inventory: GpuInventory } | { readonly error: Error } = { inventory };
  const read = createSharedReading({
    read: async () => {
      if ('error' in answer) throw answer.error;
      return answer.inventory;
    },
    cacheMs: 0,
    clock: { nowMs: () => 0, sleep: () => Promise.withResolvers<void>().promise },
    tooSlow: () => probeFailure('The GPUs did not answer soon enough.'),
  });
  return {
    read,
    set: (next) => {
      answer = { inventory: next };
    },
    fail: (error) => {
      answer = { error };
    },
  };
}
