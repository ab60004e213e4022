import { ds01Error, type RouteInput, type RouteOutput } from '@ds01/contracts';
import type { LifecycleRule } from '@ds01/contracts/lifecycle';
import { planLifecycle } from '@ds01/lifecycle';
import type { UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { appendEvent } from '../../events/record-event.ts';
import { instantOf } from '../../present.ts';
import { gpusIfQuick, open } from '../../use-case.ts';
import { wasHighDemand } from '../looking/high-demand.ts';
import { lookAt, type Look } from '../looking/look.ts';
import { createRememberedReader } from '../looking/remembered.ts';
import { putPause, readPause } from './rule-pause.ts';
import { keepSteady, momentOf, readSteady, wallOf } from '../looking/steady-clock.ts';

const hourMs = 3_600_000;
const nobody = { user: null, uid: null, container: null, containerId: null };

async function look(deps: ControlPlaneDependencies, options: UseCaseOptions): Promise<Look> {
  const { policy, now } = await open(deps, gpusIfQuick({ ...options, dryRun: true }));
  const parts = { policy, reconciled: now, reader: createRememberedReader() };
  return lookAt(deps, parts, now.containers);
}

/** What the rules would do until a moment (an hour from now) if nobody did anything. Nothing is done. */
export async function plan(
  deps: ControlPlaneDependencies,
  input: { readonly untilMs: number | null },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'admin.lifecycle.plan'>> {
  const found = await look(deps, options);
  const { now, pausedUntilMs } = found.world;
  const untilMs = input.untilMs ?? now.wallMs + hourMs;
  const until = momentOf(now, untilMs);
  const actions = found.assessed.flatMap(({ subject, evaluation }) => {
    const { dockerName, user } = subject.container.record;
    return planLifecycle(evaluation, until).map(({ atMs, rule, action, message }) => ({
      at: instantOf(wallOf(now, atMs)),
      action: action.kind,
      rule,
      dockerName,
      user,
      message,
    }));
  });
  return {
    until: instantOf(untilMs),
    pausedUntil: pausedUntilMs === null ? null : instantOf(wallOf(now, pausedUntilMs)),
    actions: actions.toSorted((left, right) => (left.at < right.at ? -1 : 1)),
  };
}

/** What a pass would do now; nothing is done. */
export async function previewRun(
  deps: ControlPlaneDependencies,
  rule: LifecycleRule | null,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'admin.lifecycle.run'>> {
  const nowMs = deps.clock.nowMs();
  const { actions } = await plan(deps, { untilMs: nowMs }, options);
  const { now } = await open(deps, gpusIfQuick({ ...options, dryRun: true }));
  return {
    inspected: now.containers.length,
    actions: actions.filter((action) => rule === null || action.rule === rule),
    failed: [],
  };
}

/**
 * Lets no rule act until then, also across restarts; `null` lets them act again. Whoever was warned
 * has the rest of that time again afterwards. Fails with `request.invalid` for a time that is over.
 */
export function pauseRules(
  deps: ControlPlaneDependencies,
  input: RouteInput<'admin.lifecycle.pause'> & { readonly by: string },
  options: UseCaseOptions = {},
): RouteOutput<'admin.lifecycle.pause'> {
  const { untilMs = null, reason = null, by } = input;
  if (untilMs !== null && untilMs <= deps.clock.nowMs()) {
    throw ds01Error('request.invalid', {
      message: `${instantOf(untilMs)} is over; rules are paused until a later time.`,
      hint: 'ds01-admin lifecycle pause --for 2h',
    });
  }
  const pausedUntil = untilMs === null ? null : instantOf(untilMs);
  const dry = options.dryRun === true;
  return deps.store.transaction((transaction) => {
    const now = readSteady(transaction.meta, deps.clock);
    const before = readPause(transaction.meta);
    if (pausedUntil === null && before === null) {
      return { pausedUntil, message: 'The rules were not paused.' };
    }
    if (!dry) {
      keepSteady(transaction.meta, now);
      const pause = untilMs === null ? null : { untilMs: momentOf(now, untilMs), by, reason };
      putPause(transaction.meta, pause);
      if (pausedUntil === null) {
        const details = { reason: `${by} let them${reason === null ? '' : `: ${reason}`}` };
        appendEvent(transaction, { type: 'lifecycle.resumed', ...nobody, details }, now.wallMs);
      } else {
        const details = { by, reason, until: pausedUntil };
        appendEvent(transaction, { type: 'lifecycle.paused', ...nobody, details }, now.wallMs);
      }
    }
    const would = dry ? 'would ' : '';
    const message =
      pausedUntil === null
        ? `The rules ${would}act again; whoever was warned has the rest of that time again.`
        : `The rules ${dry ? 'would do' : 'do'} nothing until ${pausedUntil}.`;
    return { pausedUntil, message };
  });
}

/** What the ledger says of the rules, for a process without their loop. */
export function storedStatus(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
): Pick<RouteOutput<'admin.lifecycle.status'>, 'pausedUntil' | 'highDemand'> {
  return deps.store.transaction(({ meta }) => {
    const now = readSteady(meta, deps.clock);
    const pause = readPause(meta);
    const isOver = pause === null || pause.untilMs <= now.nowMs;
    return {
      pausedUntil: isOver ? null : instantOf(wallOf(now, pause.untilMs)),
      highDemand: wasHighDemand(meta),
    };
  });
}
