import { ds01Error, formatDuration, type RouteOutput } from '@ds01/contracts';
import { lifecyclePolicyOf } from '@ds01/lifecycle';
import type { Caller, UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { aboutContainer } from '../../events/container-events.ts';
import { appendEvent } from '../../events/record-event.ts';
import { leaseOf, operandOf } from '../../lookup.ts';
import { instantOf, summaryOf } from '../../present.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import { gpusIfQuick, openContainer } from '../../use-case.ts';
import { endingOf, lookAtOne } from './explain.ts';
import { policyOfOwner } from '../looking/rule-policy.ts';
import { keepSteady, readSteady, wallOf } from '../looking/steady-clock.ts';
import { putWish, readWish } from './wish.ts';

const hourMs = 3_600_000;

/**
 * Postpones the idle stop by `forMs` from now; 0 takes that back. Fails with `keep.too-long`, which
 * names the bound, and with `lifecycle.not-limited` where no idle stop is ahead.
 */
export async function keep(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly forMs: number },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'containers.keep'>> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const opened = await openContainer(deps, target, gpusIfQuick(options));
  const { container, policy, now } = opened;
  const { record } = container;
  const one = await lookAtOne(deps, opened, container);
  const applies = one?.assessed.evaluated.explanation.rules.find(({ rule }) => rule === 'idle');
  if (!isAlive(container.state) || (input.forMs > 0 && !mayBeIdle(applies))) {
    throw ds01Error('lifecycle.not-limited', {
      message: `${operandOf(record)} is not going to be stopped for being idle: ${applies?.message ?? 'it does not run.'}`,
      hint: `ds01 container explain ${operandOf(record)}`,
    });
  }
  const resolved = policyOfOwner(policy, record).resolved;
  const { keepAliveMaxMs } = lifecyclePolicyOf(resolved, policy.settings);
  const maxHours = keepAliveMaxMs === null ? null : keepAliveMaxMs / hourMs;
  if (keepAliveMaxMs !== null && input.forMs > keepAliveMaxMs) {
    throw ds01Error('keep.too-long', {
      message: `The idle stop can be postponed by ${formatDuration(keepAliveMaxMs)} at most, not by ${formatDuration(input.forMs)}.`,
      hint: `ds01 container keep ${operandOf(record)} --for ${spanOf(keepAliveMaxMs)}`,
      details: { maxHours },
    });
  }
  const lease = leaseOf(now.leases, record.id);
  if (options.dryRun === true) {
    const untilMs = input.forMs === 0 ? null : deps.clock.nowMs() + input.forMs;
    const keptUntil = untilMs === null ? null : instantOf(untilMs);
    return {
      container: summaryOf(container, lease),
      keptUntil,
      maxHours,
      note: 'it would be kept',
    };
  }
  const keptUntil = deps.store.transaction((transaction) => {
    const steady = readSteady(transaction.meta, deps.clock);
    keepSteady(transaction.meta, steady);
    const before = readWish(transaction.meta, record.id).keepUntilMs;
    const keepUntilMs = input.forMs === 0 ? null : steady.nowMs + input.forMs;
    putWish(transaction.meta, record.id, { keepUntilMs });
    const until = keepUntilMs === null ? null : instantOf(wallOf(steady, keepUntilMs));
    if (isNews(before, keepUntilMs)) {
      const event = { type: 'lifecycle.kept-alive' as const, ...aboutContainer(record) };
      appendEvent(transaction, { ...event, details: { until } }, steady.wallMs);
    }
    return until;
  });
  const after = await lookAtOne(deps, opened, container);
  const ending = after === null ? {} : endingOf(after.look, after.assessed);
  return {
    container: { ...summaryOf(container, lease), ...ending },
    keptUntil,
    maxHours,
    note: keptUntil === null ? 'nothing postpones its idle stop any more' : null,
  };
}

const minuteMs = 60_000;

/** Who asks again and again for about the same is told of once. */
function isNews(before: number | null, after: number | null): boolean {
  if (before === null || after === null) return before !== after;
  return Math.abs(after - before) >= minuteMs;
}

/** Paused rules and given keep-alives apply, too: only what never stops is not limited. */
function mayBeIdle(rule: { readonly applies: boolean } | undefined): boolean {
  return rule?.applies === true;
}

/** A span as it can be typed. */
function spanOf(durationMs: number): string {
  return durationMs % hourMs === 0
    ? `${String(durationMs / hourMs)}h`
    : `${String(Math.floor(durationMs / 60_000))}m`;
}
