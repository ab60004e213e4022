import { formatBytes, usernameSchema } from '@ds01/contracts';
import type { Overview } from '@ds01/contracts/lifecycle';
import { adminOperandOf } from '../act/find-any.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { usedSpace } from '../storage/used-space.ts';
import type { Opened } from '../use-case.ts';

type Alert = Overview['alerts'][number];

/** What is used of a limit that is counted. */
interface Use {
  /** `alice`, or `alice/thesis`. */
  readonly who: string;
  readonly user: string;
  readonly used: number | null;
  readonly most: number | null;
  readonly softShare: number;
  readonly text: (amount: number) => string;
  /** `GPU equivalents`. */
  readonly unit: string;
}

/**
 * People who use at least `soft_limit_threshold` of a limit that is counted: GPUs, containers, memory
 * of all containers, and space as it was measured last. More space than allowed is a warning.
 */
export function limitAlerts(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  { policy }: Opened,
  { users }: Pick<Overview, 'users'>,
): Alert[] {
  const counted = users.flatMap((row) => countedUses(row, policy));
  const spaces = store
    .transaction((transaction) => usedSpace(transaction, policy))
    .map(({ subject, bytes }): Use => {
      const { what, user, record, limitBytes: most, softShare } = subject;
      const who = what === 'container' ? adminOperandOf({ record }) : user;
      return { who, user, used: bytes, most, softShare, text: formatBytes, unit: units[what] };
    });
  return [...counted.flatMap(alertOf), ...spaces.flatMap(spaceAlertOf)];
}

const units = {
  workspace: 'in the workspaces',
  data: 'in data folders',
  container: 'in its own layer',
} as const;

function countedUses(row: Overview['users'][number], policy: Opened['policy']): readonly Use[] {
  const user = usernameSchema.safeParse(row.user).data;
  if (user === undefined) return [];
  const { resolved, aggregate, maxContainers } = policy.forUser(user);
  const softShare = resolved.limits['policies.soft_limit_threshold'].value;
  const one = { who: user, user, softShare };
  return [
    {
      ...one,
      used: row.gpuEquivalents,
      most: row.maxGpuEquivalents,
      text: shown,
      unit: 'GPU equivalents',
    },
    { ...one, used: row.containers, most: maxContainers, text: shown, unit: 'containers' },
    {
      ...one,
      used: row.memoryBytes,
      most: aggregate.memoryMaxBytes,
      text: formatBytes,
      unit: 'of memory',
    },
  ];
}

function alertOf({ who, user, used, most, softShare, text, unit }: Use): readonly Alert[] {
  if (used === null || most === null || most === 0 || used < softShare * most - 1e-6) return [];
  const message = `${who} has ${text(used)} of ${text(most)} ${unit}`;
  return [{ severity: 'info', message, hint: `ds01-admin users ${user}` }];
}

function spaceAlertOf(use: Use): readonly Alert[] {
  const { used, most } = use;
  const isOver = used !== null && most !== null && used > most;
  return alertOf({ ...use, softShare: isOver ? 0 : use.softShare }).map((alert) => ({
    ...alert,
    severity: isOver ? 'warning' : alert.severity,
  }));
}

function shown(amount: number): string {
  return String(Math.round(amount * 100) / 100);
}
