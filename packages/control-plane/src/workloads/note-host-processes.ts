import type { ContainerId, GpuInventory, Lease } from '@ds01/contracts';
import type { MetaTable } from '@ds01/ports';
import { z } from 'zod';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendEvent } from '../events/record-event.ts';
import { readStored } from '../read-stored.ts';
import { gpuHostProcesses, type GpuHostProcess } from './gpu-host-processes.ts';

const key = 'workloads:host-processes';

const notedSchema = z.object({
  pid: z.int(),
  device: z.string(),
  program: z.string(),
  /** {@link SteadyClock.bootMs} of the look that saw it first, or that missed it first. */
  sinceBootMs: z.number(),
  /** `appeared` was seen once, `here` was told of, `missing` was told of and not seen once. */
  state: z.enum(['appeared', 'here', 'missing']),
});
type Noted = z.infer<typeof notedSchema>;

const keptSchema = z.object({ bootId: z.string(), processes: z.array(notedSchema) });

/** Two looks that are closer may be at one and the same reading of the GPUs. */
const betweenLooksMs = 2500;

/** What one look found. */
export interface HostProcessLook {
  /** `null` when the GPUs could not be read: then nothing is known. */
  readonly inventory: GpuInventory | null;
  readonly leases: readonly Lease[];
  readonly containers: ReadonlySet<ContainerId>;
}

/**
 * Looks after processes that compute on GPUs outside of all containers: those that two looks in a row
 * saw are told of once, with whose lease they disturb, and once when two looks in a row miss them. They
 * are never signalled. Cheap enough for every pass: what didn't change is not written. Returns those
 * that are there for certain.
 */
export function noteHostProcesses(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'processes'>,
  look: HostProcessLook,
): readonly GpuHostProcess[] {
  const { inventory } = look;
  if (inventory === null) return [];
  const seen = gpuHostProcesses({ ...look, inventory, processes: deps.processes });
  const before = deps.store.transaction(({ meta }) => readNoted(meta, deps.clock.bootId()));
  if (seen.length === 0 && before.length === 0) return [];
  // Of a device that isn't described wholly, the list may be short.
  const doubtful = new Set<string>(
    inventory.devices.flatMap(({ uuid, health }) => (health.state === 'unknown' ? [uuid] : [])),
  );
  return deps.store.transaction((transaction) => {
    const known = readNoted(transaction.meta, deps.clock.bootId());
    const steps = [
      ...seen.map((process) =>
        stepOfSeen(process, known.find(isSame(process)), deps.clock.bootMs()),
      ),
      ...known
        .filter((noted) => !seen.some(isSame(noted)))
        .map((noted) =>
          doubtful.has(noted.device) ? { noted } : stepOfMissed(noted, deps.clock.bootMs()),
        ),
    ];
    const next = steps.flatMap(({ noted }) => noted ?? []);
    if (JSON.stringify(next) !== JSON.stringify(known)) {
      const kept = { bootId: deps.clock.bootId(), processes: next };
      transaction.meta.set(key, JSON.stringify(kept));
    }
    for (const { event } of steps) {
      if (event === undefined) continue;
      const nobody = { user: null, uid: null, container: null, containerId: null };
      appendEvent(transaction, { ...nobody, ...event }, deps.clock.nowMs());
    }
    const here = next.filter(({ state }) => state === 'here');
    return seen.filter((process) => here.some(isSame(process)));
  });
}

/** Whether a process was told of by {@link noteHostProcesses}. */
export function isNoted(
  meta: Pick<MetaTable, 'get'>,
  bootId: string,
): (process: { readonly pid: number; readonly device: string }) => boolean {
  const here = readNoted(meta, bootId).filter(({ state }) => state !== 'appeared');
  return (process) => here.some(isSame(process));
}

type Told =
  | {
      readonly type: 'gpu.host-process-found';
      readonly details: {
        readonly pid: number;
        readonly program: string;
        readonly device: string;
        readonly leaseOf: string | null;
      };
    }
  | {
      readonly type: 'gpu.host-process-ended';
      readonly details: { readonly pid: number; readonly program: string; readonly device: string };
    };

interface Step {
  /** `null`: forgotten. */
  readonly noted: Noted | null;
  readonly event?: Told;
}

function stepOfSeen(process: GpuHostProcess, known: Noted | undefined, bootMs: number): Step {
  const { pid, device, program, leaseOf } = process;
  const noted = { pid, device, program };
  if (known === undefined) return { noted: { ...noted, state: 'appeared', sinceBootMs: bootMs } };
  if (known.state !== 'appeared') return { noted: { ...known, state: 'here' } };
  if (bootMs - known.sinceBootMs < betweenLooksMs) return { noted: known };
  return {
    noted: { ...noted, state: 'here', sinceBootMs: bootMs },
    event: { type: 'gpu.host-process-found', details: { ...noted, leaseOf } },
  };
}

function stepOfMissed(known: Noted, bootMs: number): Step {
  const { pid, device, program, state, sinceBootMs } = known;
  if (state === 'appeared') return { noted: null };
  if (state === 'here') return { noted: { ...known, state: 'missing', sinceBootMs: bootMs } };
  if (bootMs - sinceBootMs < betweenLooksMs) return { noted: known };
  return {
    noted: null,
    event: { type: 'gpu.host-process-ended', details: { pid, program, device } },
  };
}

function isSame(one: { readonly pid: number; readonly device: string }) {
  return (other: { readonly pid: number; readonly device: string }): boolean =>
    other.pid === one.pid && other.device === one.device;
}

/** None of an earlier start of this machine: its processes are gone. */
function readNoted(meta: Pick<MetaTable, 'get'>, bootId: string): readonly Noted[] {
  const kept = readStored(keptSchema, meta.get(key));
  return kept?.bootId === bootId ? kept.processes : [];
}
