import type { ExplainOutput } from '@ds01/contracts/lifecycle';
import type { Caller, UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { leaseOf } from '../../lookup.ts';
import { instantOf, summaryOf } from '../../present.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import { gpusIfQuick, openContainer, type Opened } from '../../use-case.ts';
import { assess, type Assessed } from '../looking/assess.ts';
import { keepFileUntil } from '../looking/keep-file.ts';
import { lookAt, type Look } from '../looking/look.ts';
import { reasonOf } from '../looking/planned.ts';
import { createRememberedReader } from '../looking/remembered.ts';
import { wallOf } from '../looking/steady-clock.ts';

/** One container under the rules, as it is now. */
export interface OneLook {
  readonly look: Look;
  readonly assessed: Assessed;
}

/** Looks at one container, its keep-alive file included; nothing changes. */
export async function lookAtOne(
  deps: ControlPlaneDependencies,
  { policy, now }: Opened,
  container: ObservedContainer,
): Promise<OneLook | null> {
  const parts = { policy, reconciled: now, reader: createRememberedReader() };
  const look = await lookAt(deps, parts, [container]);
  const first = look.assessed[0];
  if (first === undefined) return null;
  const keepFileUntilMs = await keepFileUntil(deps, container.record, look.world);
  if (keepFileUntilMs === null) return { look, assessed: first };
  return { look, assessed: assess(look.world, { ...first.subject, keepFileUntilMs }) };
}

/** When a container will be stopped, why, and what postpones it; of those that DS01 didn't make, too. */
export async function explain(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<ExplainOutput> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  return explainFound(deps, await openContainer(deps, target, gpusIfQuick(options)));
}

/** {@link explain} for a container that was found already, whoever owns it. */
export async function explainFound(
  deps: ControlPlaneDependencies,
  opened: Opened & { readonly container: ObservedContainer },
): Promise<ExplainOutput> {
  const { container, now } = opened;
  const one = await lookAtOne(deps, opened, container);
  const lease = leaseOf(now.leases, container.record.id);
  const summary = summaryOf(container, lease, { inventory: now.inventory });
  return one === null ? nothingKnown(summary) : explanationOf(one, summary);
}

function explanationOf(
  { look, assessed }: OneLook,
  container: ExplainOutput['container'],
): ExplainOutput {
  const { now, highDemand, pausedUntilMs } = look.world;
  const { evaluated, view } = assessed;
  const { explanation, memory } = evaluated;
  const instant = (moment: number | null): string | null =>
    moment === null ? null : instantOf(wallOf(now, moment));
  const { next } = explanation;
  const hasRun = view.state !== 'created';
  return {
    container: { ...container, ...endingOf(look, assessed) },
    ephemeral: view.holdsGpu,
    exemption: explanation.exemption,
    highDemand,
    pausedUntil: instant(pausedUntilMs),
    ranForMs: hasRun ? Math.round(memory.ranForMs) : null,
    lastActiveAt: instant(memory.lastActiveAtMs),
    lastActiveBy: memory.lastActiveBy,
    signals: [...explanation.signals],
    rules: explanation.rules.map(({ rule, applies, limit, message, postponedBy, ...times }) => ({
      rule,
      applies,
      limit,
      message,
      postponedBy: [...postponedBy],
      actsAt: instant(times.actsAtMs),
      warnings: times.warnings.map(({ atMs, given }) => ({
        at: instantOf(wallOf(now, atMs)),
        given,
      })),
    })),
    next:
      next === null
        ? null
        : { rule: next.rule, at: instantOf(wallOf(now, next.atMs)), message: next.message },
  };
}

/** What a summary says of a container's end, as it is now. */
export function endingOf(
  { world }: Pick<Look, 'world'>,
  { evaluated }: Assessed,
): { readonly stopsAt: string | null; readonly stopReason: string | null } {
  const { next } = evaluated.explanation;
  return {
    stopsAt: next === null ? null : instantOf(wallOf(world.now, next.atMs)),
    stopReason: next === null ? null : reasonOf(next),
  };
}

function nothingKnown(container: ExplainOutput['container']): ExplainOutput {
  return {
    container,
    ephemeral: container.slots.length > 0,
    exemption: null,
    highDemand: false,
    pausedUntil: null,
    ranForMs: null,
    lastActiveAt: null,
    lastActiveBy: null,
    signals: [],
    rules: [],
    next: null,
  };
}
