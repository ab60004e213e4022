import type {
  ContainerLimits,
  ContainerSummary,
  DeployOutput,
  Lease,
  Placement,
} from '@ds01/contracts';
import type { PortMapping } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import { containerRecordOf } from '../container-record.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';
import { leaseSummaryOf, summaryOf } from '../present.ts';
import { engineInfo, type Reconciled } from '../reconcile/reconcile.ts';
import { grantedResources } from './asked-resources.ts';
import type { LocalImage } from '../images/find-image.ts';
import type { CheckedInput } from './input.ts';
import type { MadeContainer, MakeRequest } from './make.ts';
import { requestOf } from './request.ts';
import type { Reservation } from './reserve.ts';
import { limitsOf } from './spec.ts';

/** What `deploy` did, with the placement that explains which slot was taken. */
export interface DeployResult extends DeployOutput {
  /** Why these slots, or why none yet. */
  readonly placement: Pick<Placement, 'reason'> | null;
}

/** A checked request and the world that it meets. */
export interface DeployParts {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
  readonly checked: CheckedInput;
  readonly image: LocalImage;
  readonly ports: readonly PortMapping[];
}

/** The limits of the container; fails with `quota.*` when more was asked for. */
export async function limitsFor(
  deps: ControlPlaneDependencies,
  { policy, caller, checked }: Pick<DeployParts, 'policy' | 'caller' | 'checked'>,
): Promise<ContainerLimits> {
  const host = await engineInfo(deps.engine);
  const user = policy.forUser(caller.owner.name);
  const { slug } = caller.owner;
  const used =
    checked.input.memoryBytes === null
      ? null
      : await deps.usage.ofUser({ group: user.group, slug });
  const capacity = {
    cpuCount: host.cpus,
    memoryBytes: host.memoryBytes,
    usedMemoryBytes: used?.memoryBytes ?? null,
  };
  return limitsOf(grantedResources(user, checked.input, capacity), []);
}

/** What has to be made for a request. */
export function makeRequestOf(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
  reservation: Reservation,
): MakeRequest {
  const { caller, policy, checked, image, ports } = parts;
  const { canonical, hash } = requestOf(checked, image.reference, deps.signingKey);
  const { input } = checked;
  return {
    caller,
    policy,
    reservation,
    name: checked.name,
    prepareImage: () => Promise.resolve(image),
    project: input.project,
    workspace: checked.workspace,
    createWorkspace: checked.createWorkspace,
    data: checked.data,
    secrets: checked.secrets.length === 0 ? null : checked.secrets,
    network: input.network,
    ports,
    asked: input,
    pinKey: null,
    env: input.env,
    command: input.command,
    canonical,
    requestHash: hash,
    start: input.start,
  };
}

/** A container that was just made. */
export function madeResult(
  deps: ControlPlaneDependencies,
  made: MadeContainer,
  placement: Placement | null,
): DeployResult {
  const known = deps.store.transaction((transaction) =>
    transaction.containers.get(made.details.id),
  );
  // It runs all the same when the ledger was lost since.
  const record = known ?? containerRecordOf(made.details, deps.signingKey);
  const container = { record, state: made.details.state, finishedAtMs: made.details.finishedAtMs };
  return deployResult({
    container: summaryOf(container, made.lease ?? undefined, made.details),
    lease: made.lease,
    limits: made.limits,
    outcome: 'created',
    placement,
  });
}

/** The result of any deploy. */
export function deployResult(parts: {
  readonly container: ContainerSummary;
  readonly lease: Lease | null;
  readonly limits: ContainerLimits;
  readonly outcome: DeployOutput['outcome'];
  readonly placement: DeployResult['placement'];
}): DeployResult {
  return {
    container: parts.container,
    lease: parts.lease === null ? null : leaseSummaryOf(parts.lease),
    limits: parts.limits,
    outcome: parts.outcome,
    placement: parts.placement,
  };
}
