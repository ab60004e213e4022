import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { Look } from './look.ts';
import type { Runner } from '../acting/runner.ts';

/** Without anything to wait for. */
export const slowIntervalMs = 30_000;
/** What should have been done by now, and wasn't, is not looked at in a tight loop. */
const leastMs = 1000;

/** How long nothing is going to happen by itself after a look, at most {@link slowIntervalMs}. */
export function waitAfter(
  deps: Pick<ControlPlaneDependencies, 'clock'>,
  { assessed, view, world }: Look,
  runner: Pick<Runner, 'busy' | 'retryAtBootMs'>,
): number {
  const { now } = view;
  const busy = runner.busy();
  const deadlines = assessed.flatMap(({ subject, evaluated }) =>
    busy.has(subject.container.record.id) || evaluated.nextAtMs === null
      ? []
      : [evaluated.nextAtMs - now.nowMs],
  );
  const leases = [...view.leases.values()].flatMap(({ heldUntilMs, expiresAtMs }) => {
    const endsAtMs = heldUntilMs ?? expiresAtMs;
    return endsAtMs === null ? [] : [endsAtMs - now.wallMs];
  });
  const pause = world.pausedUntilMs === null ? [] : [world.pausedUntilMs - now.nowMs];
  const retryAtMs = runner.retryAtBootMs();
  const retry = retryAtMs === null ? [] : [retryAtMs - now.bootMs];
  const passedMs = deps.clock.bootMs() - now.bootMs;
  const waits = [...deadlines, ...leases, ...pause, ...retry].map((inMs) =>
    inMs <= 0 ? leastMs : inMs - passedMs,
  );
  return Math.max(1, Math.min(slowIntervalMs, ...waits));
}
