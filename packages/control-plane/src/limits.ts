import { usageOf } from '@ds01/gpu-allocator';
import {
  slugOf,
  type ConfigProblem,
  type ResolvedLimits,
  type Usage,
  type Username,
} from '@ds01/contracts';
import type { UsageMeter } from '@ds01/ports';
import { cpusBetween } from './cpu-use.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { loadCurrentPolicy, type CurrentPolicy, type PolicySource } from './policy.ts';
import { isAlive } from './reconcile/is-alive.ts';
import type { SharedLooks } from './reconcile/shared-looks.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { storageUsage, usedSpace } from './storage/used-space.ts';

/** A user's limits beside what they use. */
export interface LimitsView extends ResolvedLimits {
  /** `null` when engine or ledger can't be read: limits don't need them. */
  readonly usage: Usage | null;
  readonly warnings: readonly ConfigProblem[];
}

/** What a limits view needs; engine and ledger are optional. */
export interface LimitsDependencies extends PolicySource {
  readonly full: ControlPlaneDependencies | null;
}

/** A user's limits with their origin, for any name, account or not. */
export async function showLimits(
  deps: LimitsDependencies,
  user: Username,
  /** `quick` leaves out what takes a while to measure. */
  options: { readonly quick?: boolean; readonly looks?: SharedLooks | undefined } = {},
): Promise<LimitsView> {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const { resolved, warnings } = policy.forUser(user);
  return { ...resolved, usage: await usageFor(deps, user, options), warnings };
}

async function usageFor(
  deps: LimitsDependencies,
  user: Username,
  { quick = false, looks }: { readonly quick?: boolean; readonly looks?: SharedLooks | undefined },
): Promise<Usage | null> {
  if (deps.full === null) return null;
  try {
    const policy = loadCurrentPolicy(deps, { dryRun: true });
    const look: typeof reconcile = looks === undefined ? reconcile : (...of) => looks.look(...of);
    const now = await look(deps.full, policy, { dryRun: true, gpus: 'if-quick' });
    const gpu = usageOf(now.leases, user);
    const own = now.containers.filter(({ record }) => record.user === user);
    const running = own.filter(({ state }) => isAlive(state)).length;
    const group = policy.forUser(user).group;
    return {
      ...(running === 0
        ? { memoryBytes: 0, cpus: 0, pids: 0 }
        : await usedNow(deps.full, { group, slug: slugOf(user) }, { quick })),
      gpuEquivalents: gpu.gpuEquivalents,
      gpuSlots: gpu.slots,
      containers: own.length,
      runningContainers: running,
      ...storageOf(deps.full, policy, user),
    };
  } catch (error) {
    deps.logger.debug('usage could not be read', { error: String(error) });
    return null;
  }
}

/** As it was measured last: walking over folders takes too long for somebody who waits. */
function storageOf(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  policy: CurrentPolicy,
  user: Username,
): ReturnType<typeof storageUsage> {
  return storageUsage(
    store.transaction((transaction) => usedSpace(transaction, policy)),
    user,
  );
}

/** Between the two looks that CPU use is told from. */
const sampleMs = 100;

async function usedNow(
  deps: Pick<ControlPlaneDependencies, 'usage' | 'clock'>,
  target: Parameters<UsageMeter['ofUser']>[0],
  { quick }: { readonly quick: boolean },
): Promise<Pick<Usage, 'memoryBytes' | 'cpus' | 'pids'>> {
  const before = await deps.usage.ofUser(target);
  if (before === null) return { memoryBytes: null, cpus: null, pids: null };
  if (quick) return { memoryBytes: before.memoryBytes, cpus: null, pids: before.pids };
  await deps.clock.sleep(sampleMs);
  const after = (await deps.usage.ofUser(target)) ?? before;
  const { memoryBytes, pids } = after;
  return { memoryBytes, cpus: cpusBetween(before, after), pids };
}
