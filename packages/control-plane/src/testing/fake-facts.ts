import type { ContainerId } from '@ds01/contracts';
import type { GpuAccess, HostFacts, IdRange, KeyUse, UnitState } from '@ds01/ports';

/** What a host is like besides its GPUs and its engine; in order unless a test says otherwise. */
export interface FakeFacts extends HostFacts {
  /** `null` without systemd. */
  unitStates: ReadonlyMap<string, UnitState> | null;
  keptClock: boolean | null;
  swap: boolean | null;
  keyUse: readonly KeyUse[];
  ranges: readonly IdRange[];
  access: GpuAccess;
  lostAccess: readonly ContainerId[];
}

/** A host in order, without systemd. */
export function createFakeFacts(): FakeFacts {
  const facts: FakeFacts = {
    unitStates: null,
    keptClock: true,
    swap: true,
    keyUse: [],
    ranges: [],
    access: { hasDevice: true, hasDeviceLink: true, obeysEnvironment: null, specs: [] },
    lostAccess: [],
    units: async () => facts.unitStates,
    clockIsKept: async () => facts.keptClock,
    countsSwap: () => facts.swap,
    keys: () => facts.keyUse,
    idRanges: () => facts.ranges,
    gpuAccess: () => facts.access,
    withoutGpuAccess: async () => facts.lostAccess,
  };
  return facts;
}
