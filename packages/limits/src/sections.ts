import type { ContainerType, PlacementStrategy, ShowHolders, Username } from '@ds01/contracts';
import { readUsername } from './members.ts';
import type {
  AccessControl,
  BareMetalAccess,
  ContainerTypeLimits,
  ContainerTypeValue,
} from './policy.ts';
import type { Reading } from './reading.ts';
import { duration } from './value-kinds.ts';
import type { ValueKind } from './value-kinds.ts';
import type { YamlValue } from './yaml-source.ts';

const nothing: YamlValue = { kind: 'nothing', position: { line: 1, column: 1 } };
const unixGroup = { pattern: /^[^\p{Cc}\s:]{1,64}$/u, allowed: 'the name of a Unix group' };
const absolutePath = { pattern: /^\/\P{Cc}*$/u, allowed: 'an absolute path' };

function readUsernames(reading: Reading, value: YamlValue, where: string): Username[] {
  return reading.items(value, where).flatMap((item) => readUsername(reading, item, where) ?? []);
}

function readUnixGroup(reading: Reading, value: YamlValue, where: string): string | null {
  if (value.kind === 'nothing') return null;
  return reading.text(value, where, unixGroup) ?? null;
}

/** Reads `enforcement`: where `aggregate_limits` is switched off, `null` when it isn't. */
export function readEnforcement(
  reading: Reading,
  value: YamlValue = nothing,
): { readonly file: string; readonly line: number } | null {
  let off: { file: string; line: number } | null = null;
  for (const entry of reading.entries(value, 'enforcement')) {
    if (entry.key === 'aggregate_limits') {
      if (reading.flag(entry, 'enforcement') === false) {
        off = { file: reading.path, line: entry.position.line };
      }
    } else if (entry.key === 'cgroup_driver') reading.obsolete(entry, 'enforcement');
    else reading.unknownKey(entry, 'enforcement', ['aggregate_limits', 'cgroup_driver']);
  }
  return off;
}

const strategies: Readonly<Record<string, PlacementStrategy>> = {
  packed: 'packed',
  distributed: 'distributed',
  topology: 'topology',
  // The predecessor's documented name for its only order.
  least_allocated: 'packed',
};

/** Keys of the predecessor that fixed the ratio of slots to GPUs, or that no code ever read. */
const obsoleteAllocationKeys = [
  'slots_per_gpu',
  'mig_instances_per_gpu',
  'mig_gpus',
  'allocation_method',
  'enable_mig',
  'mig_strategy',
  'mig_profile',
  'respect_reservations',
];

/** Reads `gpu_allocation`: how slots are chosen, `packed` unless it says otherwise. */
export function readGpuAllocation(reading: Reading, value: YamlValue = nothing): PlacementStrategy {
  let strategy: PlacementStrategy = 'packed';
  for (const entry of reading.entries(value, 'gpu_allocation')) {
    if (entry.key === 'strategy') {
      const name = reading.text(entry.value, 'gpu_allocation.strategy', {
        pattern: /^(?:packed|distributed|topology|least_allocated)$/,
        allowed: 'packed, distributed or topology',
      });
      if (name === 'least_allocated') reading.deprecated({ ...entry, key: name }, 'packed');
      strategy = strategies[name ?? ''] ?? strategy;
    } else if (obsoleteAllocationKeys.includes(entry.key)) {
      reading.obsolete(entry, 'gpu_allocation');
    } else {
      reading.unknownKey(entry, 'gpu_allocation', ['strategy', ...obsoleteAllocationKeys]);
    }
  }
  return strategy;
}

/** Reads `monitoring`, which has no effect any more: a notice for each key. */
export function readMonitoring(reading: Reading, value: YamlValue = nothing): void {
  for (const entry of reading.entries(value, 'monitoring')) reading.obsolete(entry, 'monitoring');
}

/** Reads `access_control`. */
export function readAccessControl(reading: Reading, value: YamlValue = nothing): AccessControl {
  let adminUsers: Username[] = [];
  let adminGroup: string | null = null;
  let showHolders: ShowHolders | null = null;
  const where = 'access_control';
  for (const entry of reading.entries(value, where)) {
    if (entry.key === 'admin_users') {
      adminUsers = readUsernames(reading, entry.value, `${where}.admin_users`);
    } else if (entry.key === 'admin_group') {
      adminGroup = readUnixGroup(reading, entry.value, `${where}.admin_group`);
    } else if (entry.key === 'show_holders') {
      const text = reading.text(entry.value, `${where}.show_holders`, {
        pattern: /^(?:names|groups|none)$/,
        allowed: 'names, groups or none',
      });
      showHolders = (['names', 'groups', 'none'] as const).find((name) => name === text) ?? null;
    } else if (entry.key === 'wrapper') {
      for (const inner of reading.entries(entry.value, `${where}.wrapper`)) {
        reading.obsolete(inner, `${where}.wrapper`);
      }
    } else {
      reading.unknownKey(entry, where, ['admin_users', 'admin_group', 'show_holders', 'wrapper']);
    }
  }
  return { adminUsers, adminGroup, showHolders };
}

const bareMetalKeys = ['exempt_users', 'admin_group', 'default_grant_duration_h', 'state_dir'];

/** Reads `bare_metal_access`. */
export function readBareMetalAccess(reading: Reading, value: YamlValue = nothing): BareMetalAccess {
  let exemptUsers: Username[] = [];
  let adminGroup: string | null = null;
  let defaultGrantDurationH = 24;
  let stateDir = '/var/lib/ds01/bare-metal-grants';
  const where = 'bare_metal_access';
  for (const entry of reading.entries(value, where)) {
    if (entry.key === 'exempt_users') {
      exemptUsers = readUsernames(reading, entry.value, `${where}.exempt_users`);
    } else if (entry.key === 'admin_group') {
      adminGroup = readUnixGroup(reading, entry.value, `${where}.admin_group`);
    } else if (entry.key === 'default_grant_duration_h') {
      const hours = reading.limit(entry, duration('h'), where);
      if (typeof hours === 'number') defaultGrantDurationH = hours;
    } else if (entry.key === 'state_dir') {
      stateDir = reading.text(entry.value, `${where}.state_dir`, absolutePath) ?? stateDir;
    } else reading.unknownKey(entry, where, bareMetalKeys);
  }
  return { exemptUsers, adminGroup, defaultGrantDurationH, stateDir };
}

const typeKinds: Readonly<Record<keyof ContainerTypeLimits, ValueKind>> = {
  idle_timeout_h: duration('h', true),
  max_runtime_h: duration('h', true),
  sigterm_grace_s: duration('s'),
  container_hold_after_stop_h: duration('h', true),
};
const typeKeys = [
  'idle_timeout_h',
  'max_runtime_h',
  'sigterm_grace_s',
  'container_hold_after_stop_h',
] as const;

function builtInType(
  idle: number | null,
  runtime: number | null,
  grace: number,
): ContainerTypeLimits {
  const origin = { file: null, line: null };
  return {
    idle_timeout_h: { value: idle, ...origin },
    max_runtime_h: { value: runtime, ...origin },
    sigterm_grace_s: { value: grace, ...origin },
    container_hold_after_stop_h: undefined,
  };
}

const typeNames = ['devcontainer', 'compose', 'docker', 'api', 'unknown'] as const;

/** Reads `container_types` over the built-in values, key by key. */
export function readContainerTypes(
  reading: Reading,
  value: YamlValue = nothing,
): Readonly<Record<ContainerType, ContainerTypeLimits>> {
  const types: Record<ContainerType, ContainerTypeLimits> = {
    devcontainer: builtInType(null, 168, 30),
    compose: builtInType(0.5, 72, 45),
    docker: builtInType(0.5, 48, 60),
    api: builtInType(null, 24, 30),
    unknown: builtInType(0.25, 24, 30),
  };
  for (const entry of reading.entries(value, 'container_types')) {
    const name = typeNames.find((candidate) => candidate === entry.key);
    if (name === undefined) reading.unknownKey(entry, 'container_types', typeNames);
    else types[name] = { ...types[name], ...readType(reading, entry.value, name) };
  }
  return types;
}

function readType(
  reading: Reading,
  value: YamlValue,
  name: ContainerType,
): Partial<Record<keyof ContainerTypeLimits, ContainerTypeValue>> {
  const given: Partial<Record<keyof ContainerTypeLimits, ContainerTypeValue>> = {};
  const where = `container_types.${name}`;
  for (const entry of reading.entries(value, where)) {
    const key = typeKeys.find((candidate) => candidate === entry.key);
    if (key === undefined) {
      reading.unknownKey(entry, where, typeKeys);
      continue;
    }
    const limit = reading.limit(entry, typeKinds[key], where);
    if (limit === null || typeof limit === 'number') {
      given[key] = { value: limit, file: reading.path, line: entry.position.line };
    }
  }
  return given;
}
