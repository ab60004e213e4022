import type { ContainerId, RouteOutput } from '@ds01/contracts';
import type { LifecycleRule, PlannedAction } from '@ds01/contracts/lifecycle';
import { describeAction, ruleOfAction, type LifecycleAction } from '@ds01/lifecycle';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { Turns } from '../operations/turns.ts';
import { loadPolicyAndTell } from '../policy-watch.ts';
import { instantOf } from '../present.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { tellTurns, untilNextTurn } from '../reservations/tell-turns.ts';
import { noteHostProcesses } from '../workloads/note-host-processes.ts';
import type { Assessed } from './looking/assess.ts';
import { noteGpuLayout } from './looking/gpu-layout.ts';
import { pruneKept } from './acting/kept-images.ts';
import { createKeepFiles, lookAt, type Look } from './looking/look.ts';
import type { LatestUse, LifecycleLoop } from './loop.ts';
import { latestUseOf } from './looking/latest-use.ts';
import { createRememberedReader } from './looking/remembered.ts';
import { wallOf, type SteadyNow } from './looking/steady-clock.ts';
import { createReturnTeller } from './acting/tell-returned.ts';
import { createRunner, isDeed, type DeedOutcome } from './acting/runner.ts';
import { waitAfter } from './looking/wait-after.ts';
import { writeLook } from './looking/write-look.ts';

/** One pass over all containers. */
export interface Pass {
  /** Repairs of the ledger. */
  readonly repairs: number;
  readonly inspected: number;
  /** What was done or begun, and how each of what was begun ends. */
  readonly actions: readonly {
    readonly assessed: Assessed;
    readonly action: LifecycleAction;
    readonly ending: Promise<DeedOutcome> | null;
  }[];
  /** Look again after that, at the latest. */
  readonly waitMs: number;
}

/** The rules, applied again and again. */
export interface Lifecycle extends LifecycleLoop {
  /** One pass; one after the other. Fails with what reconciling fails with. */
  pass(options?: {
    readonly signal?: AbortSignal;
    readonly rule?: LifecycleRule | null;
  }): Promise<Pass>;
  /**
   * The engine says that a container started: it may have run before, and not in between. `null`: its
   * events were cut off, so that any may have been.
   */
  noteStart(id: string | null): void;
  /** Resolves when nothing is being done to any container. */
  settled(): Promise<void>;
  /** {@link SteadyClock.bootMs} of the last pass, and of the last measurement. */
  lastAtBootMs(): { readonly pass: number; readonly sample: number };
}

/** The rules in this process. `onWake` asks whoever calls `pass` to do so soon. */
export function createLifecycle(
  deps: ControlPlaneDependencies,
  options: { readonly turns: Turns; readonly onWake: () => void },
): Lifecycle {
  const reader = createRememberedReader();
  const keepFiles = createKeepFiles();
  const returned = createReturnTeller(deps);
  const runner = createRunner(deps, {
    turns: options.turns,
    reader,
    onTold: options.onWake,
    onDone: options.onWake,
  });
  const last = { pass: deps.clock.bootMs(), sample: deps.clock.bootMs() };
  const starts = new Set<string>();
  // What was started before this process listened, nobody told.
  let isAnyStarted = true;
  let latest: ReadonlyMap<ContainerId, LatestUse> = new Map();
  let previous: Look | null = null;
  let lastPass: Promise<unknown> = Promise.resolve();

  /** What could not be looked at is looked at next time. */
  const lookAtStarted = async (
    parts: Parameters<typeof lookAt>[1],
    containers: Parameters<typeof lookAt>[2],
  ): Promise<Look> => {
    const wereAny = isAnyStarted;
    const told = [...starts];
    isAnyStarted = false;
    starts.clear();
    try {
      const started = wereAny ? containers.map(({ record }) => record.id) : told;
      return await lookAt(deps, { ...parts, started }, containers);
    } catch (error) {
      isAnyStarted ||= wereAny;
      for (const id of told) starts.add(id);
      throw error;
    }
  };
  const passNow = async (given: Parameters<Lifecycle['pass']>[0] = {}): Promise<Pass> => {
    const { signal, rule = null } = given;
    returned.begin();
    const policy = loadPolicyAndTell(deps);
    const reconciled = await reconcile(deps, policy, { signal });
    const { containers, leases, inventory } = reconciled;
    const ids = new Set(containers.map(({ record }) => record.id));
    noteGpuLayout(deps, policy, inventory);
    noteHostProcesses(deps, { inventory, leases, containers: ids });
    const look = await lookAtStarted({ policy, reconciled, reader, keepFiles }, containers);
    const isMeant = (action: LifecycleAction): boolean =>
      rule === null || ruleOfAction(action) === rule;
    const counts = ({ evaluated }: Assessed): boolean => evaluated.actions.every(isMeant);
    writeLook(deps, look, { reader, busy: runner.busy(), counts });
    runner.noteLook(look.assessed);
    if (returned.tell(look)) options.onWake();
    last.pass = deps.clock.bootMs();
    if (wasMeasured(look)) last.sample = last.pass;
    latest = latestUseOf(look, previous);
    previous = look;
    const actions = look.assessed.flatMap((assessed) =>
      assessed.evaluated.actions.filter(isMeant).flatMap((action): Pass['actions'] => {
        if (!isDeed(action)) return [{ assessed, action, ending: null }];
        const ending = runner.start(look, assessed, action);
        return ending === null ? [] : [{ assessed, action, ending }];
      }),
    );
    await pruneKept(deps, policy, look.view.now);
    // Nothing of the rules may fail because an account can't be looked up now.
    await tellTurns(deps, policy).catch((error: unknown) => {
      deps.logger.warn('reservations are told of later', { error: String(error) });
    });
    const nextTurnMs = untilNextTurn(policy, deps.clock.nowMs());
    const waitMs = Math.min(waitAfter(deps, look, runner), nextTurnMs);
    return { repairs: reconciled.repairs, inspected: containers.length, actions, waitMs };
  };
  const pass: Lifecycle['pass'] = (given) => {
    const mine = lastPass.then(() => passNow(given));
    lastPass = mine.catch(() => undefined);
    return mine;
  };

  return {
    pass,
    settled: () => runner.settled(),
    lastAtBootMs: () => ({ ...last }),
    noteStart(id) {
      if (id === null) isAnyStarted = true;
      else starts.add(id);
    },
    wake: options.onWake,
    latest: () => latest,
    status: () => statusOf(previous),
    async run(rule) {
      const { actions, inspected } = await pass({ rule });
      const now = previous?.view.now;
      const failed: { dockerName: string; message: string }[] = [];
      const done: RouteOutput<'admin.lifecycle.run'>['actions'] = [];
      for (const { assessed, action, ending } of actions) {
        const outcome = await ending;
        const { dockerName } = assessed.subject.container.record;
        if (outcome?.end === 'failed') failed.push({ dockerName, message: outcome.message });
        else if (outcome?.end !== 'postponed' && now !== undefined) {
          const planned = doneActionOf(now, assessed, action);
          if (planned !== null) done.push(planned);
        }
      }
      return { inspected, actions: done, failed };
    },
  };
}

/** Something is known of a container that has to be measured, where there is one. */
function wasMeasured({ readings, world, assessed }: Look): boolean {
  const running = assessed.filter(({ view }) => view.holdsGpu && view.state === 'running');
  if (readings === null || running.length === 0) return readings !== null;
  return (
    world.inventory !== null &&
    running.some(({ subject }) => (subject.reading?.cpuTimeMs ?? null) !== null)
  );
}

/** An action that was done now, as administrators see it; `null` for what is no action of a rule. */
function doneActionOf(
  now: SteadyNow,
  { subject, limits }: Assessed,
  action: LifecycleAction,
): PlannedAction | null {
  if (action.kind === 'resumed') return null;
  const { dockerName, user } = subject.container.record;
  return {
    at: instantOf(now.wallMs),
    action: action.kind,
    rule: ruleOfAction(action),
    dockerName,
    user,
    message: describeAction(action, { limits, nowMs: now.nowMs }),
  };
}

function statusOf(look: Look | null): RouteOutput<'admin.lifecycle.status'> {
  const rules = ['idle', 'max-runtime', 'gpu-hold', 'container-hold', 'never-started'] as const;
  const pausedUntilMs = look?.world.pausedUntilMs ?? null;
  const now = look?.view.now;
  const isPaused = pausedUntilMs !== null && now !== undefined;
  return {
    pausedUntil: isPaused ? instantOf(wallOf(now, pausedUntilMs)) : null,
    highDemand: look?.world.highDemand ?? false,
    stalledSince: null,
    rules: rules.map((rule) => ({
      rule,
      lastRanAt: now === undefined ? null : instantOf(now.wallMs),
      inspected: look?.assessed.length ?? 0,
      acted:
        look?.assessed.filter(({ evaluated }) =>
          evaluated.actions.some((action) => ruleOfAction(action) === rule),
        ).length ?? 0,
    })),
  };
}
