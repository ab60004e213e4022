import { formatDuration, type RouteOutput } from '@ds01/contracts';
import type { Overview } from '@ds01/contracts/lifecycle';
import { adminOperandOf } from '../act/find-any.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { allWishes } from '../lifecycle/asking/wish.ts';
import type { Opened } from '../use-case.ts';
import { gpuHostProcesses } from '../workloads/gpu-host-processes.ts';
import { isNoted } from '../workloads/note-host-processes.ts';
import { limitAlerts } from './limit-alerts.ts';

type Alert = Overview['alerts'][number];

/** What alerts are found in. */
type Seen = Pick<Overview, 'gpus' | 'containers' | 'users' | 'system' | 'highDemand'> & {
  /** `null` where nobody looks after the rules. */
  readonly status: RouteOutput<'admin.lifecycle.status'> | null;
};

const minuteMs = 60_000;
/** Containers that a rule stops within this time are told. */
const soonMs = 30 * minuteMs;
const fullShare = 0.9;
const veryFullShare = 0.97;
const weights = { error: 0, warning: 1, info: 2 } as const satisfies Record<
  Alert['severity'],
  number
>;

/** What needs somebody, most urgent first. */
export function alertsOf(
  deps: Pick<ControlPlaneDependencies, 'clock' | 'store' | 'processes'>,
  opened: Opened,
  seen: Seen,
): Alert[] {
  const nowMs = deps.clock.nowMs();
  return [
    ...gpuAlerts(opened, seen),
    ...processAlerts(deps, opened),
    ...ruleAlerts(seen),
    ...requestAlerts(deps, opened),
    ...policyAlerts(opened),
    ...diskAlerts(seen),
    ...limitAlerts(deps, opened, seen),
    ...stopAlerts(seen, nowMs),
  ].toSorted((one, other) => weights[one.severity] - weights[other.severity]);
}

function gpuAlerts({ now }: Opened, { gpus }: Seen): readonly Alert[] {
  const unknown = now.probeError;
  const sick = gpus.devices
    .filter(({ health }) => health !== 'healthy')
    .map((device): Alert => {
      const reasons = device.healthReasons?.join(' ') ?? '';
      const message = `GPU ${String(device.index)} is ${device.health === 'unknown' ? 'not known to be well' : 'unhealthy'}`;
      return {
        severity: device.health === 'unknown' ? 'warning' : 'error',
        message: reasons === '' ? message : `${message}: ${reasons}`,
        hint: 'ds01-admin doctor',
      };
    });
  const lost = now.leases
    .filter(({ state }) => state === 'lost')
    .map((lease): Alert => {
      const slots = lease.slots.map(({ slot }) => slot).join(', ');
      const message = `${lease.dockerName} lost GPU ${slots}`;
      return { severity: 'error', message, hint: 'ds01-admin leases' };
    });
  if (unknown === null) return [...sick, ...lost];
  const message = `the GPUs can’t be read: ${unknown.message}`;
  return [{ severity: 'error', message, hint: 'nvidia-smi -L' }, ...sick, ...lost];
}

/** Processes outside of all containers, once they were there for certain. */
function processAlerts(
  deps: Pick<ControlPlaneDependencies, 'clock' | 'store' | 'processes'>,
  { now }: Opened,
): readonly Alert[] {
  const { inventory, leases } = now;
  if (inventory === null) return [];
  const containers = new Set(now.containers.map(({ record }) => record.id));
  const found = gpuHostProcesses({ inventory, leases, containers, processes: deps.processes });
  if (found.length === 0) return [];
  const noted = deps.store.transaction(({ meta }) => isNoted(meta, deps.clock.bootId()));
  return found.filter(noted).map(({ pid, program, slot, device, leaseOf: holder }): Alert => {
    const where = `${program} (pid ${String(pid)}) uses GPU ${slot ?? device} outside of all containers`;
    const message = holder === null ? where : `${where}; ${holder} has leased it`;
    return {
      severity: holder === null ? 'info' : 'warning',
      message,
      hint: 'ds01-admin workloads',
    };
  });
}

function ruleAlerts({ status, highDemand }: Seen): readonly Alert[] {
  if (status === null) {
    const message = 'no daemon runs here: nobody looks after the rules';
    return [{ severity: 'warning', message, hint: 'systemctl start ds01d' }];
  }
  const { stalledSince, pausedUntil } = status;
  const alerts: Alert[] = [];
  if (stalledSince !== null) {
    const message = `nothing was measured or looked at since ${stalledSince}`;
    alerts.push({ severity: 'error', message, hint: 'ds01-admin lifecycle status' });
  }
  if (pausedUntil !== null) {
    const message = `the rules are paused until ${pausedUntil}`;
    alerts.push({ severity: 'warning', message, hint: 'ds01-admin lifecycle pause --off' });
  }
  if (highDemand) {
    const message = 'the server is in high demand: idle timeouts are shorter';
    alerts.push({ severity: 'info', message, hint: null });
  }
  return alerts;
}

/** People who wait for an answer. */
function requestAlerts(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  { now }: Opened,
): readonly Alert[] {
  const wishes = store.transaction(({ meta }) => allWishes(meta));
  return now.containers.flatMap((container): readonly Alert[] => {
    const request = wishes.get(container.record.id)?.request ?? null;
    if (request === null) return [];
    const message = `${adminOperandOf(container)} asks for ${formatDuration(request.byMs)} more runtime`;
    return [{ severity: 'warning', message, hint: 'ds01-admin extensions' }];
  });
}

function policyAlerts({ policy }: Opened): readonly Alert[] {
  const count = policy.problems.length;
  if (count === 0) return [];
  const hint = 'ds01-admin limits check';
  const many = `${String(count)} ${count === 1 ? 'problem' : 'problems'}`;
  return policy.stale
    ? [
        {
          severity: 'error',
          message: 'the configuration has errors; the last good one is in force',
          hint,
        },
      ]
    : [{ severity: 'warning', message: `the configuration has ${many}`, hint }];
}

function diskAlerts({ system }: Seen): readonly Alert[] {
  return system.disks
    .filter(({ bytes, usedBytes }) => bytes > 0 && usedBytes / bytes > fullShare)
    .map(({ path, bytes, usedBytes }): Alert => {
      const share = usedBytes / bytes;
      const message = `the disk of ${path} is ${String(Math.floor(share * 100))} % full`;
      const severity = share > veryFullShare ? 'error' : 'warning';
      return { severity, message, hint: 'ds01-admin doctor' };
    });
}

function stopAlerts({ containers }: Seen, nowMs: number): readonly Alert[] {
  return containers
    .filter(({ state, stopsAt }) => state === 'running' && isSoon(stopsAt, nowMs))
    .map(({ dockerName, user, name, managed, stopsAt, stopReason }): Alert => {
      const what = managed && user !== null ? `${user}/${name}` : dockerName;
      const minutes = Math.max(0, Math.round((Date.parse(stopsAt ?? '') - nowMs) / minuteMs));
      const why = stopReason === null ? '' : `: ${stopReason}`;
      const message = `${what} stops in ${String(minutes)} min${why}`;
      return { severity: 'info', message, hint: 'ds01-admin lifecycle plan' };
    });
}

function isSoon(instant: string | null, nowMs: number): boolean {
  return instant !== null && Date.parse(instant) - nowMs <= soonMs;
}
