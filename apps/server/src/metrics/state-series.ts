import {
  containerInterfaceSchema,
  gpuEquivalentsOfLease,
  type GpuInventory,
  type Lease,
} from '@ds01/contracts';
import type { Reconciled } from '@ds01/control-plane';
import type { GaugeSeries, Series } from './registry.ts';

/** What counts about the world. */
export interface StateSeen {
  readonly now: Pick<Reconciled, 'leases' | 'containers' | 'inventory'>;
  readonly nowMs: number;
  readonly groupOf: (user: string) => string;
  /** Groups of the limits file, with how many people it puts into each. */
  readonly groups: readonly { readonly name: string; readonly members: number }[];
  /** Memory of containers as measured last, by their ids. */
  readonly memoryOf: (id: string) => number | null;
}

/**
 * GPUs, leases, containers and people as series. Labels are slots of this server, accounts that have
 * something now, and words of fixed sets; never a name that somebody chose.
 */
export function stateSeries(seen: StateSeen): GaugeSeries {
  const { leases, inventory } = seen.now;
  return {
    ...allocations(seen),
    ...leaseSeries(leases, seen.nowMs),
    ...containerSeries(seen),
    ...userSeries(seen),
    ...deviceSeries(inventory),
    ds01_group_members_total: seen.groups.map(({ name, members }) => ({
      labels: { group: name },
      value: members,
    })),
    ds01_gpus_readable: [one(inventory === null ? 0 : 1)],
  };
}

function allocations({ now }: StateSeen): GaugeSeries {
  const doors = new Map(now.containers.map(({ record }) => [record.id, doorOf(record.interface)]));
  const rows = now.leases.flatMap((lease) =>
    lease.slots.map((slot) => ({
      labels: {
        gpu_slot: slot.slot,
        user: lease.user ?? '',
        interface: (lease.containerId && doors.get(lease.containerId)) ?? 'unknown',
        profile: slot.profile ?? 'full',
      },
      weight: slot.gpuEquivalents,
    })),
  );
  return {
    ds01_gpu_allocated: rows.map(({ labels }) => ({ labels, value: 1 })),
    ds01_gpu_equivalents: rows.map(({ labels, weight }) => ({ labels, value: weight })),
  };
}

const liveStates = ['reserved', 'bound', 'held', 'external', 'lost'] as const;

function leaseSeries(leases: readonly Lease[], nowMs: number): GaugeSeries {
  const of = (value: (mine: readonly Lease[]) => number): readonly Series[] =>
    liveStates.map((state) => ({
      labels: { state },
      value: value(leases.filter((lease) => lease.state === state)),
    }));
  return {
    ds01_leases: of((mine) => mine.length),
    ds01_lease_gpu_equivalents: of((mine) => sumOf(mine.map(gpuEquivalentsOfLease))),
    ds01_lease_oldest_seconds: of((mine) =>
      Math.max(0, ...mine.map(({ createdAtMs }) => (nowMs - createdAtMs) / 1000)),
    ),
  };
}

function containerSeries({ now }: StateSeen): GaugeSeries {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { record, state } of now.containers) {
    const labels = {
      status: isRunning(state) ? 'running' : 'stopped',
      interface: doorOf(record.interface),
    };
    const key = Object.values(labels).join(' ');
    const entry = counts.get(key) ?? { labels, value: 0 };
    entry.value += 1;
    counts.set(key, entry);
  }
  const withGpus = new Set(now.leases.map(({ containerId }) => containerId));
  const unmanaged = now.containers.filter(
    ({ record }) => !record.managed && withGpus.has(record.id),
  );
  return {
    ds01_containers_total: [...counts.values()],
    ds01_unmanaged_gpu_count: [one(unmanaged.length)],
    ds01_unmanaged_gpu_running: [one(unmanaged.filter(({ state }) => isRunning(state)).length)],
  };
}

function userSeries({ now, groupOf, memoryOf }: StateSeen): GaugeSeries {
  const leases = Map.groupBy(now.leases, ({ user }) => user);
  const containers = Map.groupBy(now.containers, ({ record }) => record.user);
  const users = [...new Set([...leases.keys(), ...containers.keys()])].filter(
    (user) => user !== null,
  );
  const each = (value: (mine: readonly Lease[]) => number): readonly Series[] =>
    users.map((user) => ({ labels: { user }, value: value(leases.get(user) ?? []) }));
  const grouped = (value: (user: (typeof users)[number]) => number): readonly Series[] =>
    users.map((user) => ({ labels: { user, group: groupOf(user) }, value: value(user) }));
  return {
    ds01_user_gpus_allocated: each((mine) => mine.flatMap(({ slots }) => slots).length),
    ds01_user_gpu_equivalents: each((mine) => sumOf(mine.map(gpuEquivalentsOfLease))),
    ds01_user_containers_count: each(
      (mine) => new Set(mine.flatMap(({ containerId }) => containerId ?? [])).size,
    ),
    ds01_user_group_info: grouped(() => 1),
    ds01_user_memory_current_bytes: grouped((user) =>
      sumOf((containers.get(user) ?? []).map(({ record }) => memoryOf(record.id) ?? 0)),
    ),
  };
}

function deviceSeries(inventory: GpuInventory | null): GaugeSeries {
  const devices = inventory?.devices ?? [];
  const whole = devices.filter(({ instances }) => instances.length === 0);
  return {
    ds01_gpu_slot_info: whole.map(({ index, uuid, migMode }) => ({
      labels: {
        gpu: String(index),
        slot: String(index),
        gpu_uuid: uuid,
        mig_enabled: String(migMode === 'enabled'),
      },
      value: 1,
    })),
    ds01_mig_slot_info: devices.flatMap(({ index, instances }) =>
      instances.map((instance) => ({
        labels: {
          gpu: String(index),
          gpu_i_id: String(instance.gpuInstanceId ?? ''),
          slot: `${index}:${instance.index}`,
          mig_uuid: instance.uuid,
        },
        value: 1,
      })),
    ),
  };
}

function one(value: number): Series {
  return { labels: {}, value };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function isRunning(state: string): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

function doorOf(given: string | null): string {
  const door = containerInterfaceSchema.safeParse(given);
  return door.success ? door.data : 'unknown';
}
