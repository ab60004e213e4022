import {
  ds01Error,
  usernameSchema,
  type AllocationPolicy,
  type ConfigProblem,
  type GpuReservation,
  type GroupName,
  type ResolvedLimits,
  type ShowHolders,
  type SiteSettings,
  type Username,
} from '@ds01/contracts';
import {
  aggregateLimits,
  allocationPolicy,
  containerResources,
  exemptionFor,
  formatProblem,
  limitBytes,
  loadPolicy,
  loadSiteSettings,
  reservationsAt,
  resolveLimits,
  type AccessControl,
  showHoldersOf,
  type ContainerResourcesResult,
  type ExemptLimit,
  type HostCapacity,
  type LifecycleExemption,
  type Policy,
} from '@ds01/limits';
import type { AggregateLimits, Clock, PolicyFile, PolicyFiles } from '@ds01/ports';
import type { ControlPlaneDependencies } from './dependencies.ts';

/** One user's part of the policy. */
export interface UserPolicy {
  readonly group: GroupName;
  readonly resolved: ResolvedLimits;
  readonly warnings: readonly ConfigProblem[];
  readonly allocation: AllocationPolicy;
  readonly aggregate: AggregateLimits;
  /** How long a stopped container keeps its GPU, in ms; `null` is for ever. */
  readonly gpuHoldMs: number | null;
  readonly maxContainers: number | null;
  /** Least memory of a GPU for this user; `null` is any. */
  readonly minGpuMemoryBytes: number | null;
  readonly resources: (host: HostCapacity) => ContainerResourcesResult;
}

/** Where the policy comes from. */
export interface PolicySource extends Pick<ControlPlaneDependencies, 'policyFiles' | 'logger'> {
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** The policy in force. */
export interface CurrentPolicy {
  readonly settings: SiteSettings;
  /** What the files of limits say. */
  readonly limits: Policy;
  readonly reservations: readonly GpuReservation[];
  readonly showHolders: ShowHolders;
  readonly accessControl: AccessControl;
  /** Groups of the limits file. */
  readonly groups: readonly GroupName[];
  /** Everybody whom the files name: members of groups, overrides, administrators. */
  readonly people: readonly Username[];
  /** Everything found in the files as they are now. */
  readonly problems: readonly ConfigProblem[];
  /** The files have errors and an older, good copy is in force. */
  readonly stale: boolean;
  readonly forUser: (user: Username) => UserPolicy;
  /** What counts for containers whose owner isn't known: the default group's. */
  readonly forNobody: () => UserPolicy;
  /** Limits of containers by the door that they came in by. */
  readonly containerTypes: Policy['containerTypes'];
  /** The exemption of a user from a rule that holds now; `undefined` without. */
  readonly exemptionOf: (
    user: Username,
    at: { readonly limit: ExemptLimit; readonly nowMs: number },
  ) => LifecycleExemption | undefined;
}

const hourMs = 3_600_000;

/**
 * Loads the configuration folder. A broken edit never takes effect: the last good copy stays in
 * force. Fails with `limits.invalid-file` only when there never was a good one.
 */
export function loadCurrentPolicy(
  deps: PolicySource,
  options: { readonly dryRun?: boolean } = {},
): CurrentPolicy {
  const files = deps.policyFiles.read();
  const nowMs = deps.clock.nowMs();
  const current = readAgain(deps.policyFiles, files);
  if (current.policy !== null && current.settings !== null) {
    if (options.dryRun !== true) keepNowAndThen(deps, { current, files, nowMs });
    return policyOf(current.policy, current.settings, {
      problems: current.problems,
      stale: false,
      nowMs,
    });
  }
  const kept = deps.policyFiles.readLastGood();
  const last = kept === null ? null : readPolicyFolder(kept);
  if (last === null || last.policy === null || last.settings === null) {
    throw invalidFiles(current.problems);
  }
  return policyOf(last.policy, last.settings, {
    problems: current.problems,
    stale: true,
    nowMs,
  });
}

type ReadFolder = ReturnType<typeof readPolicyFolder>;

/** What files say is asked many times a second, and changes once a week. */
const lastRead = new WeakMap<
  PolicyFiles,
  { readonly files: readonly PolicyFile[]; readonly said: ReadFolder }
>();

/** {@link readPolicyFolder}, or what it said last when the files are the same to the letter. */
function readAgain(source: PolicyFiles, files: readonly PolicyFile[]): ReadFolder {
  const last = lastRead.get(source);
  if (last !== undefined && areSame(last.files, files)) return last.said;
  const said = readPolicyFolder(files);
  lastRead.set(source, { files, said });
  return said;
}

function areSame(left: readonly PolicyFile[], right: readonly PolicyFile[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((file, index) => {
    const other = right[index];
    return file.path === other?.path && file.text === other.text && file.error === other.error;
  });
}

const lastKept = new WeakMap<ReadFolder, number>();
/** By then a copy that somebody removed is there again. */
const keepAgainMs = 10_000;

function keepNowAndThen(
  deps: PolicySource,
  read: {
    readonly current: ReadFolder;
    readonly files: readonly PolicyFile[];
    readonly nowMs: number;
  },
): void {
  const keptAtMs = lastKept.get(read.current);
  if (keptAtMs !== undefined && Math.abs(read.nowMs - keptAtMs) < keepAgainMs) return;
  keepAsLastGood(deps, read.files);
  lastKept.set(read.current, read.nowMs);
}

/** What the files say, and what is wrong with them; `null` is a part that can't be used. */
export function readPolicyFolder(files: readonly PolicyFile[]): {
  readonly policy: Policy | null;
  readonly settings: SiteSettings | null;
  readonly problems: readonly ConfigProblem[];
} {
  const site = files.find((file) => file.path === 'ds01.yaml' || file.path.endsWith('/ds01.yaml'));
  const loaded = loadPolicy(files.filter((file) => file !== site));
  const settings = loadSiteSettings(site ?? null);
  return {
    policy: loaded.policy,
    settings: settings.settings,
    problems: [...loaded.problems, ...settings.problems],
  };
}

/** Keeps files that can be used, for when they can’t be; a failure is logged. */
export function keepAsLastGood(
  deps: Pick<ControlPlaneDependencies, 'policyFiles' | 'logger'>,
  files: readonly PolicyFile[],
): void {
  try {
    deps.policyFiles.saveLastGood(files);
  } catch (error) {
    deps.logger.warn('the policy could not be kept for later', { error: String(error) });
  }
}

function invalidFiles(problems: readonly ConfigProblem[]) {
  const errors = problems.filter((problem) => problem.severity === 'error');
  return ds01Error('limits.invalid-file', {
    message: `The limits files have ${errors.length} error(s): ${errors
      .map(formatProblem)
      .join('; ')}`,
    hint: 'ds01 doctor',
    details: { problems: errors },
  });
}

function policyOf(
  policy: Policy,
  settings: SiteSettings,
  state: {
    readonly problems: readonly ConfigProblem[];
    readonly stale: boolean;
    readonly nowMs: number;
  },
): CurrentPolicy {
  const { nowMs } = state;
  const users = resolvedUsers(policy, nowMs);
  let nobodys: UserPolicy | undefined;
  return {
    settings,
    limits: policy,
    reservations: reservationsAt(policy),
    showHolders: showHoldersOf(policy, settings),
    accessControl: policy.accessControl,
    groups: [...new Set([...policy.groups.map(({ name }) => name), policy.defaultGroup])],
    people: peopleOf(policy),
    problems: state.problems,
    stale: state.stale,
    forUser: (user) => {
      const known = users.get(user) ?? userPolicyOf(policy, user, nowMs);
      users.set(user, known);
      return known;
    },
    forNobody: () => (nobodys ??= userPolicyOf(withoutPeople(policy), nobody, nowMs)),
    containerTypes: policy.containerTypes,
    exemptionOf: (user, at) => exemptionFor(policy, user, at),
  };
}

/** More people than any host has; whoever asks for names that there aren't fills no memory. */
const mostResolved = 5000;

const resolvedBefore = new WeakMap<
  Policy,
  { readonly holding: number; readonly users: Map<Username, UserPolicy> }
>();

/** What was resolved from the same files, while the same temporary overrides hold: only they end. */
function resolvedUsers(policy: Policy, nowMs: number): Map<Username, UserPolicy> {
  const holding = policy.temporaryOverrides.filter(({ untilMs }) => nowMs < untilMs).length;
  const before = resolvedBefore.get(policy);
  const isGood = before?.holding === holding && before.users.size < mostResolved;
  const users = isGood ? before.users : new Map<Username, UserPolicy>();
  if (!isGood) resolvedBefore.set(policy, { holding, users });
  return users;
}

/** Whoever is called so is meant by no group and no override. */
const nobody = usernameSchema.parse('nobody');

function withoutPeople(policy: Policy): Policy {
  const groups = policy.groups.map((group) => ({ ...group, members: new Map() }));
  return { ...policy, groups, overrides: new Map(), temporaryOverrides: [] };
}

/**
 * Everybody whom the files name. Members may be listed by slug, which is no account's name, but names
 * that can't be one are left out.
 */
export function peopleOf(policy: Policy): readonly Username[] {
  const named = [
    ...policy.groups.flatMap((group) => [...group.members.keys()]),
    ...policy.overrides.keys(),
    ...policy.temporaryOverrides.map(({ user }) => user),
    ...policy.accessControl.adminUsers,
  ];
  return [...new Set(named)].flatMap((name) => usernameSchema.safeParse(name).data ?? []);
}

function userPolicyOf(policy: Policy, user: Username, nowMs: number): UserPolicy {
  const { resolved, warnings } = resolveLimits(policy, user, { nowMs });
  const aggregate = aggregateLimits(resolved);
  const holdHours = resolved.limits.gpu_hold_after_stop_h.value;
  return {
    group: resolved.group,
    resolved,
    warnings,
    allocation: allocationPolicy(policy, resolved),
    aggregate: {
      cpus:
        aggregate.cpuQuotaMicros === null
          ? null
          : aggregate.cpuQuotaMicros / aggregate.cpuPeriodMicros,
      memoryMaxBytes: aggregate.memoryMaxBytes,
      memoryHighBytes: aggregate.memoryHighBytes,
      tasksMax: aggregate.tasksMax,
    },
    gpuHoldMs: holdHours === null ? null : Math.round(holdHours * hourMs),
    maxContainers: resolved.limits.max_containers_per_user.value,
    minGpuMemoryBytes: limitBytes(resolved.limits.gpu_memory.value),
    resources: (host) => containerResources(resolved, host),
  };
}
