import {
  containerIdSchema,
  dockerNameOf,
  ds01Error,
  isDs01Error,
  type ContainerLimits,
  type ContainerSummary,
  type DeployOutput,
  type Lease,
  type Placement,
} from '@ds01/contracts';
import { allocate } from '@ds01/gpu-allocator';
import type { PortMapping } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import { containerRecordOf } from '../container-record.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { findOwn, leaseOf } from '../lookup.ts';
import { loadCurrentPolicy, type CurrentPolicy } from '../policy.ts';
import { leaseSummaryOf, summaryOf } from '../present.ts';
import { engineInfo, reconcile, type Reconciled } from '../reconcile/reconcile.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { refusalError } from '../refusal.ts';
import { refuseLost, startExisting } from '../start.ts';
import { findImage, type LocalImage } from './image.ts';
import { grantedResources } from './asked-resources.ts';
import { checkInput, type CheckedInput, type DeployInput } from './input.ts';
import { makeContainer } from './make.ts';
import { plannedMounts } from './planned-mounts.ts';
import { portsOf } from './published-ports.ts';
import { differencesOf, requestOf } from './request.ts';
import { requireInventory, reserveOrRebuild, snapshotOf, withMinimumMemory } from './reserve.ts';
import { limitsOf } from './spec.ts';

/** What `deploy` did, with the placement that explains which slot was taken. */
export interface DeployResult extends DeployOutput {
  readonly placement: Placement | null;
}

/**
 * Leases GPUs, applies the owner's limits, mounts the workspace, creates the container and, with
 * `start`, starts it. The same request again finds the container (and starts it); another request
 * under the same name fails with `container.different-request`.
 */
export async function deploy(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: DeployInput,
  options: UseCaseOptions = {},
): Promise<DeployResult> {
  const policy = loadCurrentPolicy(deps, { dryRun: options.dryRun === true });
  const checked = checkInput(input, caller, policy);
  const dockerName = dockerNameOf(checked.name, caller.owner.slug);
  const ports = portsOf(input, { settings: policy.settings, name: checked.name, dockerName });
  const [before, image] = await Promise.all([
    reconcile(deps, policy, options),
    findImage(deps, { checked, caller }, options),
  ]);
  const now = image.wasPulled ? await reconcile(deps, policy, options) : before;
  const existing = findOwn(now, caller, checked.name);
  if (existing !== undefined) {
    return reuse(deps, { caller, policy, now, checked, image, ports, existing }, options);
  }
  const parts = { caller, policy, now, checked, image, ports };
  await limitsFor(deps, parts);
  return options.dryRun === true ? preview(deps, parts) : createNew(deps, parts, options);
}

interface DeployParts {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
  readonly checked: CheckedInput;
  readonly image: LocalImage;
  readonly ports: readonly PortMapping[];
}

/** The limits of the container; fails with `quota.*` when more was asked for. */
async function limitsFor(
  deps: ControlPlaneDependencies,
  { policy, caller, checked }: Pick<DeployParts, 'policy' | 'caller' | 'checked'>,
): Promise<ContainerLimits> {
  const host = await engineInfo(deps.engine);
  const capacity = { cpuCount: host.cpus, memoryBytes: host.memoryBytes };
  const user = policy.forUser(caller.owner.name);
  return limitsOf(grantedResources(user, checked.input, capacity), []);
}

async function createNew(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
  options: UseCaseOptions,
): Promise<DeployResult> {
  const { caller, policy, checked, image } = parts;
  const { canonical, hash } = requestOf(checked, image.reference, deps.signingKey);
  const reservation = await reserveOrRebuild(deps, {
    caller,
    policy,
    now: parts.now,
    gpu: checked.input.gpu,
    dockerName: dockerNameOf(checked.name, caller.owner.slug),
    replaces: null,
  });
  const made = await makeContainer(
    deps,
    {
      caller,
      policy,
      reservation,
      name: checked.name,
      prepareImage: () => Promise.resolve(image),
      project: checked.input.project,
      workspace: checked.workspace,
      createWorkspace: checked.createWorkspace,
      data: checked.data,
      secrets: checked.secrets.length === 0 ? null : checked.secrets,
      network: checked.input.network,
      ports: parts.ports,
      asked: checked.input,
      pinKey: null,
      env: checked.input.env,
      command: checked.input.command,
      canonical,
      requestHash: hash,
      start: checked.input.start,
    },
    options,
  );
  const known = deps.store.transaction((transaction) =>
    transaction.containers.get(made.details.id),
  );
  // It runs all the same when the ledger was lost since.
  const record = known ?? containerRecordOf(made.details, deps.signingKey);
  const container = { record, state: made.details.state, finishedAtMs: made.details.finishedAtMs };
  return resultOf({
    container: summaryOf(container, made.lease ?? undefined, made.details),
    lease: made.lease,
    limits: made.limits,
    outcome: 'created',
    placement: reservation.placement,
  });
}

async function reuse(
  deps: ControlPlaneDependencies,
  parts: DeployParts & { readonly existing: ObservedContainer },
  options: UseCaseOptions,
): Promise<DeployResult> {
  const { existing, checked, image, caller, policy, now } = parts;
  const { request, hash } = requestOf(checked, image.reference, deps.signingKey);
  if (existing.record.requestHash !== hash) {
    const differences = differencesOf(existing.record.request, request);
    throw ds01Error('container.different-request', {
      message: `"${checked.name}" exists with another configuration (${differences.join('; ')}).`,
      hint: `ds01 container retire ${checked.name} --yes`,
      details: { differences },
    });
  }
  const limits = await limitsFor(deps, parts);
  const lease = leaseOf(now.leases, existing.record.id) ?? null;
  if (checked.input.start) refuseLost({ container: existing, now });
  const running = existing.state === 'running' || !checked.input.start;
  if (running || options.dryRun === true) {
    const container = summaryOf(existing, lease ?? undefined);
    const outcome = running ? 'already-running' : 'would-create';
    return resultOf({ container, lease, limits, outcome, placement: null });
  }
  const { secrets } = checked;
  const start = { caller, policy, now, container: existing, secrets };
  const started = await startExisting(deps, start, options);
  return resultOf({ ...started, limits, outcome: 'started', placement: null });
}

/** Opens the folders that would be mounted, as their owner; a workspace of ours may be missing. */
async function checkFolders(
  deps: ControlPlaneDependencies,
  { caller, policy, checked }: DeployParts,
): Promise<void> {
  const { name, workspace, createWorkspace, data } = checked;
  const planned = plannedMounts({
    owner: caller.owner,
    policy,
    name,
    workspace,
    createWorkspace,
    data,
    own: null,
    secrets: null,
  });
  for (const { request } of planned) {
    if (request.kind !== 'folder') continue;
    try {
      await deps.pins.check([request]);
    } catch (error) {
      const isMissing = isDs01Error(error) && error.code === 'workspace.not-found';
      if (!isMissing || !request.create) throw error;
    }
  }
}

async function preview(deps: ControlPlaneDependencies, parts: DeployParts): Promise<DeployResult> {
  const { caller, checked, image } = parts;
  await checkFolders(deps, parts);
  const placement = checked.input.gpu.kind === 'none' ? null : previewPlacement(deps, parts);
  const dockerName = dockerNameOf(checked.name, caller.owner.slug);
  const container: ContainerSummary = {
    name: checked.name,
    dockerName,
    id: containerIdSchema.parse('0'.repeat(64)),
    user: caller.owner.name,
    state: 'created',
    image: image.reference,
    project: checked.input.project,
    interface: caller.interface,
    managed: true,
    slots: placement?.slots.map((slot) => slot.slot) ?? [],
    gpuEquivalents: placement?.gpuEquivalents ?? 0,
    createdAt: null,
    startedAt: null,
    stopsAt: null,
    stopReason: null,
  };
  return resultOf({
    container,
    lease: null,
    limits: await limitsFor(deps, parts),
    outcome: 'would-create',
    placement,
  });
}

function previewPlacement(deps: ControlPlaneDependencies, parts: DeployParts): Placement {
  const { caller, policy, now, checked } = parts;
  const user = policy.forUser(caller.owner.name);
  const decision = allocate(
    snapshotOf(deps, {
      inventory: requireInventory(now),
      leases: now.leases,
      policy,
      nowMs: deps.clock.nowMs(),
    }),
    withMinimumMemory(checked.input.gpu, user),
    user.allocation,
  );
  if (decision.decision === 'placed') return decision;
  throw refusalError(decision, { resolved: user.resolved, policy, leases: now.leases });
}

function resultOf(parts: {
  readonly container: ContainerSummary;
  readonly lease: Lease | null;
  readonly limits: ContainerLimits;
  readonly outcome: DeployOutput['outcome'];
  readonly placement: Placement | null;
}): DeployResult {
  return {
    container: parts.container,
    lease: parts.lease === null ? null : leaseSummaryOf(parts.lease),
    limits: parts.limits,
    outcome: parts.outcome,
    placement: parts.placement,
  };
}
