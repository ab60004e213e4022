import { ds01Error, formatDuration, type RouteOutput } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { adminOperandOf, getAny } from '../../act/find-any.ts';
import { actorOf, type Caller, type UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { aboutContainer } from '../../events/container-events.ts';
import { appendEvent } from '../../events/record-event.ts';
import { leaseOf, operandOf } from '../../lookup.ts';
import { extensionNotice } from '../../notifications/admin-texts.ts';
import { queueNotice, queueSiteNotice } from '../../notifications/queue.ts';
import { instantOf, summaryOf } from '../../present.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import { gpusIfQuick, open, openContainer, type Opened } from '../../use-case.ts';
import { lookAtOne } from './explain.ts';
import type { Assessed } from '../looking/assess.ts';
import { putOffEnd } from '../../queue/ledger/promised-ends.ts';
import { keepSteady, readSteady, wallOf } from '../looking/steady-clock.ts';
import { subjectOf } from '../acting/telling.ts';
import { allWishes, putWish, readWish, type Wish } from './wish.ts';

type Extended = RouteOutput<'containers.extend'>;
type OpenedContainer = Opened & { readonly container: ObservedContainer };

const minuteMs = 60_000;
const hourMs = 3_600_000;

/** After which a request can be another one: each is told to every administrator. */
const againMs = 600_000;

function stillNew(request: Wish['request'], nowMs: number): Wish['request'] {
  return request !== null && Math.abs(nowMs - request.atWallMs) < againMs ? request : null;
}

/**
 * More runtime for a container: granted at once as long as all that was granted to it stays within the
 * site's `lifecycle.extend_max_h`, else a request that an administrator answers, and that stays as it is
 * for ten minutes. Fails with `lifecycle.not-limited` where no runtime limit applies.
 */
export async function extend(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string; readonly byMs: number; readonly reason: string | null },
  options: UseCaseOptions = {},
): Promise<Extended> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const opened = await openContainer(deps, target, gpusIfQuick(options));
  const looked = await limitedLook(deps, opened);
  const moves = movesPromise(looked, input.byMs);
  const { policy, container } = opened;
  const { record } = container;
  const maxMs = policy.settings.lifecycle.extend_max_h * hourMs;
  const before = deps.store.transaction(({ meta }) => readWish(meta, record.id));
  const granted = before.extensionMs + input.byMs <= maxMs && !moves;
  if (options.dryRun === true) {
    const note = granted ? 'it would be granted' : 'an administrator would be asked';
    return outputOf(deps, opened, { granted, wish: before, note });
  }
  const waiting = granted ? null : stillNew(before.request, deps.clock.nowMs());
  if (waiting !== null) {
    const wish = withReason(deps, opened, { waiting, before, reason: input.reason });
    const leftMs = againMs - Math.abs(deps.clock.nowMs() - waiting.atWallMs);
    const left = formatDuration(Math.max(1, Math.ceil(leftMs / minuteMs)) * minuteMs);
    const note = `an administrator was asked for ${formatDuration(waiting.byMs)} already; another span can be asked for in ${left}`;
    return outputOf(deps, opened, { granted, wish, note });
  }
  const wish = deps.store.transaction((transaction) => {
    const steady = readSteady(transaction.meta, deps.clock);
    keepSteady(transaction.meta, steady);
    if (granted) {
      const by = actorOf(caller);
      return grant(transaction, { container, byMs: input.byMs, by, wallMs: steady.wallMs });
    }
    const { byMs, reason } = input;
    const request = { byMs, reason, atWallMs: steady.wallMs };
    const event = { type: 'lifecycle.extension-requested' as const, ...aboutContainer(record) };
    appendEvent(transaction, { ...event, details: { byMs, reason } }, steady.wallMs);
    tellAdministrators(transaction, opened, { byMs, reason, wallMs: steady.wallMs });
    return putWish(transaction.meta, record.id, { request });
  });
  const most = formatDuration(maxMs);
  const note = granted
    ? null
    : moves
      ? `its GPU is ${promises[looked.evaluation.situation.endsFor ?? 'request']}, so an administrator was asked`
      : maxMs === 0
        ? 'an administrator was asked; you are told what they answer'
        : `you may give a container ${most} in all, so an administrator was asked`;
  return outputOf(deps, opened, { granted, wish, note });
}

/** A reason that is given later stands with the request, too; nobody is told again. */
function withReason(
  { store }: ControlPlaneDependencies,
  { container }: OpenedContainer,
  asked: {
    readonly waiting: NonNullable<Wish['request']>;
    readonly before: Wish;
    readonly reason: string | null;
  },
): Wish {
  const { waiting, before, reason } = asked;
  if (reason === null) return before;
  return store.transaction(({ meta }) =>
    putWish(meta, container.record.id, { request: { ...waiting, reason } }),
  );
}

/**
 * An administrator's answer to a request, or more runtime that nobody asked for. Fails with
 * `extension.not-found` when there is nothing to answer.
 */
export async function answerExtension(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: {
    readonly user: string;
    readonly container: string;
    /** `null` is what was asked for. */
    readonly byMs: number | null;
    readonly grant: boolean;
    readonly reason: string | null;
  },
  options: UseCaseOptions = {},
): Promise<Extended> {
  const found = await open(deps, gpusIfQuick(options));
  const opened = { ...found, container: getAny(found.now, `${input.user}/${input.container}`) };
  const { container } = opened;
  const before = deps.store.transaction(({ meta }) => readWish(meta, container.record.id));
  const byMs = input.byMs ?? before.request?.byMs ?? null;
  if (byMs === null || (!input.grant && before.request === null)) {
    throw ds01Error('extension.not-found', {
      message: `Nobody asks for more runtime for ${adminOperandOf(container)}.`,
      hint: 'ds01-admin extensions',
    });
  }
  if (input.grant) await limitedLook(deps, opened);
  if (options.dryRun === true) {
    const note = input.grant ? 'it would be granted' : 'it would be refused';
    return outputOf(deps, opened, { granted: input.grant, wish: before, note });
  }
  const by = actorOf(caller);
  const wish = deps.store.transaction((transaction) => {
    const { wallMs } = readSteady(transaction.meta, deps.clock);
    if (input.grant) {
      const lease = leaseOf(transaction.leases.live(), container.record.id);
      if (lease !== undefined) putOffEnd(transaction.meta, lease.id, byMs);
      return grant(transaction, { container, byMs, by, wallMs });
    }
    const event = {
      type: 'lifecycle.extension-refused' as const,
      ...aboutContainer(container.record),
    };
    appendEvent(transaction, { ...event, details: { by, reason: input.reason } }, wallMs);
    return putWish(transaction.meta, container.record.id, { request: null });
  });
  const output = await outputOf(deps, opened, { granted: input.grant, wish, note: null });
  deps.store.transaction((transaction) => {
    const nowMs = deps.clock.nowMs();
    const subject = subjectOf(container, nowMs);
    if (subject === null) return;
    const stopsAtMs = output.stopsAt === null ? null : Date.parse(output.stopsAt);
    const answer = { granted: input.grant, byMs, stopsAtMs, reason: input.reason };
    queueNotice(transaction, { policy: opened.policy, nowMs }, extensionNotice(subject, answer));
  });
  return output;
}

/** Who asks for more runtime, longest waiting first. */
export async function extensions(
  deps: ControlPlaneDependencies,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'admin.extensions'>> {
  const opened = await open(deps, gpusIfQuick({ ...options, dryRun: true }));
  const wishes = deps.store.transaction(({ meta }) => allWishes(meta));
  const waiting = opened.now.containers
    .flatMap((container) => {
      const request = wishes.get(container.record.id)?.request ?? null;
      return request === null ? [] : [{ container, request }];
    })
    .toSorted((left, right) => left.request.atWallMs - right.request.atWallMs);
  const requests = await Promise.all(
    waiting.map(async ({ container, request }) => ({
      user: container.record.user ?? '',
      container: operandOf(container.record),
      byMs: request.byMs,
      reason: request.reason,
      requestedAt: instantOf(request.atWallMs),
      stopsAt: await stopsAt(deps, { ...opened, container }),
    })),
  );
  return { requests };
}

function grant(
  transaction: StoreTransaction,
  given: {
    readonly container: ObservedContainer;
    readonly byMs: number;
    readonly by: string;
    readonly wallMs: number;
  },
): Wish {
  const { container, byMs, by, wallMs } = given;
  const { record } = container;
  const totalMs = readWish(transaction.meta, record.id).extensionMs + byMs;
  const event = { type: 'lifecycle.extended' as const, ...aboutContainer(record) };
  appendEvent(transaction, { ...event, details: { byMs, totalMs, by } }, wallMs);
  return putWish(transaction.meta, record.id, { extensionMs: totalMs, request: null });
}

function tellAdministrators(
  transaction: StoreTransaction,
  { policy, container }: OpenedContainer,
  asked: { readonly byMs: number; readonly reason: string | null; readonly wallMs: number },
): void {
  const { record } = container;
  const context = { policy, nowMs: asked.wallMs };
  const who = adminOperandOf(container);
  queueSiteNotice(transaction, context, {
    title: `${policy.settings.site.name}: ${who} asks for ${formatDuration(asked.byMs)} more runtime`,
    lines: [
      ...(asked.reason === null ? [] : [`Reason: ${asked.reason}`]),
      `To grant it:  ds01-admin user extend ${record.user ?? ''} ${operandOf(record)}`,
      'All requests:  ds01-admin extensions',
    ],
    staleAtMs: null,
  });
}

/** Fails with `lifecycle.not-limited` where no runtime limit applies. */
async function limitedLook(
  deps: ControlPlaneDependencies,
  opened: OpenedContainer,
): Promise<Assessed> {
  const one = await lookAtOne(deps, opened, opened.container);
  if (one !== null && one.assessed.limits.maxRuntimeMs !== null && one.assessed.view.holdsGpu)
    return one.assessed;
  const name = operandOf(opened.container.record);
  throw ds01Error('lifecycle.not-limited', {
    message: `No runtime limit applies to ${name}.`,
    hint: `ds01 container explain ${name}`,
  });
}

const promises = {
  request: 'promised to a request that waits',
  reservation: 'reserved for somebody else then',
} as const;

/** With so much more it would keep its GPU longer than was promised to somebody else. */
function movesPromise({ evaluation, evaluated, limits }: Assessed, byMs: number): boolean {
  const { situation, nowMs } = evaluation;
  const endsByMs = situation.endsByMs ?? null;
  if (endsByMs === null) return false;
  const limitMs = (limits.maxRuntimeMs ?? Infinity) + situation.extensionMs + byMs;
  return nowMs + limitMs - evaluated.memory.ranForMs + limits.stopGraceMs > endsByMs;
}

async function stopsAt(
  deps: ControlPlaneDependencies,
  opened: OpenedContainer,
): Promise<string | null> {
  const one = await lookAtOne(deps, opened, opened.container);
  const rules = one?.assessed.evaluated.explanation.rules;
  const actsAtMs = rules?.find(({ rule }) => rule === 'max-runtime')?.actsAtMs ?? null;
  return one === null || actsAtMs === null ? null : instantOf(wallOf(one.look.world.now, actsAtMs));
}

async function outputOf(
  deps: ControlPlaneDependencies,
  opened: OpenedContainer,
  result: { readonly granted: boolean; readonly wish: Wish; readonly note: string | null },
): Promise<Extended> {
  const { container, now } = opened;
  return {
    container: summaryOf(container, leaseOf(now.leases, container.record.id)),
    granted: result.granted,
    extensionMs: result.wish.extensionMs,
    requestedMs: result.wish.request?.byMs ?? null,
    stopsAt: await stopsAt(deps, opened),
    note: result.note,
  };
}
