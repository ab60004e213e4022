import { setImmediate } from 'node:timers/promises';
import {
  ds01Error,
  usernameSchema,
  type CheckedRouteInput,
  type GpuInventory,
  type RouteOutput,
} from '@ds01/contracts';
import { formatProblem, loadSiteSettings } from '@ds01/limits';
import type { EventRecord, Store } from '@ds01/ports';
import type { SchedulerPolicy } from '@ds01/scheduler';
import type { UseCaseOptions } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import { longestGrantMs } from '../granting/longest-use.ts';
import { shareOf } from '../granting/scheduling.ts';
import { pastUses, type PastUse, type Span } from './history.ts';
import { outcomeOf, poolsOf, weightOf, type Asked, type Outcome } from './what-if.ts';

type Output = RouteOutput<'admin.simulate'>;

/** So many events are read at a time. */
const page = 1000;
/** More would keep a server busy for minutes; the newest count. */
const mostRequests = 20_000;

const nobody = 'nobody known';

/**
 * What other rules of the queue would have done with what people asked for since a moment, next to
 * those in force: both are replayed on the server's own events. Reads only; others are served meanwhile.
 * Fails with `queue.empty-history` when nobody had GPUs since then, `limits.invalid-file` for settings
 * with errors, `usage.invalid` for a moment that is yet to come.
 */
export async function simulate(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'probe' | 'policyFiles' | 'logger'>,
  { settings, sinceMs }: CheckedRouteInput<'admin.simulate'>,
  { signal }: UseCaseOptions,
): Promise<Output> {
  const untilMs = deps.clock.nowMs();
  if (sinceMs >= untilMs) {
    throw ds01Error('usage.invalid', { message: 'It can only begin in the past.' });
  }
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const present = policy.settings.queue;
  const proposed = settings === null ? present : queueRulesIn(settings);
  const inventory = await deps.probe.read(signal === undefined ? {} : { signal });
  const { asked, notes } = await requestsSince(deps.store, policy, { sinceMs, untilMs });
  if (asked.every(({ earlier }) => earlier)) {
    throw ds01Error('queue.empty-history', {
      message: `Nobody was given GPUs since ${instantOf(sinceMs)}.`,
    });
  }
  const { pools, missing } = poolsOf(inventory, asked);
  const before = await outcomeOf(pools, present, signal);
  const after = await outcomeOf(pools, proposed, signal);
  return {
    since: instantOf(sinceMs),
    until: instantOf(untilMs),
    notes: [...notes, ...notesOf(inventory, missing)],
    present: summaryOf(before),
    proposed: summaryOf(after),
    users: [...before.people].toSorted(byName).map(([user, { requests, waitMs }]) => ({
      user,
      requests,
      presentMeanWaitMs: waitMs,
      proposedMeanWaitMs: after.people.get(user)?.waitMs ?? 0,
    })),
  };
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** The section `queue` of a ds01.yaml. */
function queueRulesIn(text: string): SchedulerPolicy {
  const { settings, problems } = loadSiteSettings({ path: 'ds01.yaml', text });
  if (settings !== null) return settings.queue;
  throw ds01Error('limits.invalid-file', {
    message: `The proposed settings have ${problems.length} error(s): ${problems
      .slice(0, 5)
      .map(formatProblem)
      .join('; ')}`,
    hint: 'docs/reference/site-settings.md has all settings.',
  });
}

/** What was asked for within a span, as requests of a trace. */
async function requestsSince(
  store: Store,
  policy: CurrentPolicy,
  span: Span,
): Promise<{ readonly asked: readonly Asked[]; readonly notes: readonly string[] }> {
  const leases = store.transaction((transaction) => transaction.leases.live());
  const { uses: all, unserved } = pastUses(await eventsOf(store, span), leases, span);
  const newest = all.slice(-mostRequests);
  const goOn = newest.filter(({ goesOn, earlier }) => goesOn && !earlier).length;
  const earlier = newest.filter((use) => use.earlier).length;
  const notes = [
    `${newest.length - earlier} requests that got GPUs, from the events.`,
    earlier === 0 ? '' : `${earlier} had GPUs before; they count as taken, and not as waits.`,
    goOn === 0 ? '' : `${goOn} have theirs still: they count as if they ended now.`,
    unserved === 0 ? '' : `${unserved} waited and got nothing: how long they needed isn't known.`,
    all.length === newest.length ? '' : `Only the newest ${mostRequests} are simulated.`,
    'Whoever was refused and did not wait is missing. Nobody has a quota here.',
  ];
  return {
    asked: newest.map((use, index) => askedBy(use, { policy, span, id: `r${index}` })),
    notes: notes.filter((note) => note !== ''),
  };
}

function askedBy(
  use: PastUse,
  {
    policy,
    span,
    id,
  }: { readonly policy: CurrentPolicy; readonly span: Span; readonly id: string },
): Asked {
  const known = usernameSchema.safeParse(use.user);
  const person = known.success ? policy.forUser(known.data) : policy.forNobody();
  return {
    request: {
      id,
      user: use.user ?? nobody,
      group: person.group,
      priority: use.priority,
      gpus: use.slots,
      submittedAtMs: use.submittedAtMs,
      durationMs: use.endedAtMs - use.startedAtMs,
      runtimeMs: longestGrantMs(policy, known.data ?? null, span.untilMs),
      weight: shareOf(person),
    },
    weight: weightOf(use),
    earlier: use.earlier,
  };
}

/** Events that tell who got, waited for and gave back GPUs, in their order. */
async function eventsOf(store: Store, { sinceMs, untilMs }: Span): Promise<readonly EventRecord[]> {
  const found: EventRecord[] = [];
  for (const typePrefix of ['gpu.lease-', 'lifecycle.hold-ended', 'queue.']) {
    const query = { sinceMs, untilMs, typePrefix, of: null, containers: null };
    let afterId = 0;
    for (;;) {
      const some = store.transaction(({ events }) =>
        events.after({ ...query, afterId, limit: page }),
      );
      found.push(...some);
      const last = some.at(-1);
      if (last === undefined || some.length < page) break;
      afterId = last.id;
      await setImmediate();
    }
  }
  return found.toSorted((left, right) => left.id - right.id);
}

function notesOf(inventory: GpuInventory, missing: number): readonly string[] {
  const count = inventory.devices.length;
  const server = `The server is as it is now: ${count} ${count === 1 ? 'GPU' : 'GPUs'}.`;
  if (missing === 0) return [server];
  return [
    server,
    `${missing} had parts of GPUs of a size that there isn't now; they are left out.`,
  ];
}

function summaryOf({ people: _people, ...summary }: Outcome): Output['present'] {
  return summary;
}
