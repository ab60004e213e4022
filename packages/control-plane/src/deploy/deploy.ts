import { dockerNameOf, ds01Error } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { isStuck } from '../left-behind.ts';
import { findOwn, leaseOf } from '../lookup.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { summaryOf } from '../present.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { settleFailed } from '../queue/claiming/failed-claims.ts';
import { refuseOther, type WaitWish } from '../queue/joining/join.ts';
import { isInUse, waitForOwnGpus } from '../queue/joining/wait-for-own-gpus.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { refuseLost, startExisting } from '../start.ts';
import { asFirstNamed } from './first-name.ts';
import { imageOfFramework } from './framework.ts';
import { findImage } from './image.ts';
import { checkInput, type CheckedInput, type DeployInput } from './input.ts';
import { makeContainer } from './make.ts';
import {
  deployResult,
  limitsFor,
  madeResult,
  makeRequestOf,
  type DeployParts,
  type DeployResult,
} from './parts.ts';
import { preview } from './preview.ts';
import { portsOf } from './published-ports.ts';
import { replace } from './replace.ts';
import { differencesOf, requestOf } from './request.ts';
import { reserveOrWait, type Waiting } from './reserve.ts';

/**
 * Leases GPUs, applies the owner's limits, mounts the workspace, creates the container and, with
 * `start`, starts it. The same request again finds the container (and starts it); another request
 * under the same name fails with `container.different-request`, or with `replace` takes its place, as
 * the same request does when its image has changed since.
 */
export async function deploy(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: DeployInput,
  options: UseCaseOptions = {},
): Promise<DeployResult> {
  const done = await deployOrWait(deps, caller, input, { ...options, wish: null });
  if ('waiting' in done) throw new Error('a request waits that never should');
  return done;
}

/**
 * The same; with a wish to wait, a request for a new container that only others’ GPUs are in the way of
 * is put into the queue, or found there, and comes again when it was granted what it asks for.
 */
export async function deployOrWait(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: DeployInput,
  options: DeployOptions,
): Promise<DeployResult | Waiting> {
  const policy = loadCurrentPolicy(deps, { dryRun: options.dryRun === true });
  const checked = await withFramework(deps, checkInput(input, caller, policy), caller, options);
  const dockerName = dockerNameOf(checked.name, caller.owner.slug);
  const ports = portsOf(input, { settings: policy.settings, name: checked.name, dockerName });
  const gpus = input.gpu.kind === 'none' ? 'if-quick' : 'needed';
  const look = () =>
    reconcile(deps, policy, { dryRun: options.dryRun, signal: options.signal, gpus });
  const looked = await Promise.allSettled([
    look(),
    findImage(deps, { checked, caller, policy }, options),
  ]);
  const before = valueOf(looked[0]);
  const found = findOwn(before, caller, checked.name);
  const first = found === undefined ? null : asFirstNamed(found, { input, caller, policy });
  const image =
    looked[1].status === 'rejected' && first !== null && checked.image === null
      ? await findImage(deps, { checked: first, caller, policy }, options)
      : valueOf(looked[1]);
  const now = image.wasPulled ? await look() : before;
  const existing = findOwn(now, caller, checked.name);
  const parts = { caller, policy, now, checked, image, ports };
  if (existing !== undefined) return meet(deps, { ...parts, existing, first }, options);
  await limitsFor(deps, parts);
  if (options.dryRun !== true) return createNew(deps, parts, options);
  const { fingerprint } = identityOf(deps, parts);
  const asked = { caller, dockerName, fingerprint };
  deps.store.transaction((transaction) => refuseOther(transaction, asked));
  return preview(deps, parts, { waits: options.wish !== null });
}

/** How a request is made that may wait. */
export interface DeployOptions extends UseCaseOptions {
  /** `null`: it is refused rather than that it waits. */
  readonly wish: WaitWish | null;
}

async function createNew(
  deps: ControlPlaneDependencies,
  parts: DeployParts,
  options: DeployOptions,
): Promise<DeployResult | Waiting> {
  const { caller, policy, checked } = parts;
  const { dockerName, fingerprint } = identityOf(deps, parts);
  const reservation = await reserveOrWait(deps, {
    caller,
    policy,
    now: parts.now,
    gpu: checked.input.gpu,
    dockerName,
    replaces: null,
    untilReserved: checked.input.untilReserved,
    turn: { container: checked.name, fingerprint, wish: options.wish },
  });
  if ('waiting' in reservation) return reservation;
  try {
    const made = await makeContainer(deps, makeRequestOf(deps, parts, reservation), options);
    return madeResult(deps, made, reservation.placement);
  } catch (error) {
    const failed = { caller, fingerprint, error, signal: options.signal };
    const nowMs = deps.clock.nowMs();
    deps.store.transaction((transaction) => settleFailed(transaction, { ...failed, nowMs }));
    throw error;
  }
}

/** What makes a request for a new container the same as another one. */
function identityOf(
  { signingKey }: Pick<ControlPlaneDependencies, 'signingKey'>,
  { caller, checked, image }: Pick<DeployParts, 'caller' | 'checked' | 'image'>,
): { readonly dockerName: string; readonly fingerprint: string } {
  const dockerName = dockerNameOf(checked.name, caller.owner.slug);
  const { hash } = requestOf(checked, image.reference, signingKey);
  return { dockerName, fingerprint: `${dockerName} ${hash}` };
}

interface Meeting extends DeployParts {
  readonly existing: ObservedContainer;
  /** The request under the name that the container was made under, if that is another one. */
  readonly first: CheckedInput | null;
}

/** There is a container of the name already. */
async function meet(
  deps: ControlPlaneDependencies,
  parts: Meeting,
  options: DeployOptions,
): Promise<DeployResult | Waiting> {
  const { existing, checked, first, image } = parts;
  const isSame = [checked, ...(first === null ? [] : [first])].some(
    (candidate) =>
      requestOf(candidate, image.reference, deps.signingKey).hash === existing.record.requestHash,
  );
  if (isSame && !(checked.input.replace && (await isOutdated(deps, parts, options)))) {
    return reuse(deps, parts, options);
  }
  if (checked.input.replace) return replace(deps, parts, options);
  const { request } = requestOf(first ?? checked, image.reference, deps.signingKey);
  const differences = differencesOf(existing.record.request, request);
  throw ds01Error('container.different-request', {
    message:
      `"${checked.name}" exists with another configuration (${differences.join('; ')}). ` +
      'With --replace the same command retires it and makes this one in its place.',
    hint: `ds01 container retire ${checked.name}`,
    details: { differences },
  });
}

/** Its image was built again, or its tag moved, since it was made. */
async function isOutdated(
  { engine }: ControlPlaneDependencies,
  { existing, image }: Meeting,
  options: UseCaseOptions,
): Promise<boolean> {
  const details = await engine.inspectContainer(existing.record.id, options);
  return details.imageId !== image.details.id;
}

async function reuse(
  deps: ControlPlaneDependencies,
  parts: Meeting,
  options: DeployOptions,
): Promise<DeployResult | Waiting> {
  const { existing, checked, caller, policy, now } = parts;
  const limits = await limitsFor(deps, parts);
  const lease = leaseOf(now.leases, existing.record.id) ?? null;
  if (checked.input.start) refuseLost({ container: existing, now });
  const running = existing.state === 'running' || !checked.input.start;
  if (running || options.dryRun === true) {
    const container = summaryOf(existing, lease ?? undefined);
    const outcome = running ? 'already-running' : 'would-create';
    return deployResult({ container, lease, limits, outcome, placement: null });
  }
  const { secrets } = checked;
  const start = { caller, policy, now, container: existing, secrets };
  try {
    const started = await startExisting(deps, start, options);
    return deployResult({ ...started, limits, outcome: 'started', placement: null });
  } catch (error) {
    if (isStuck(error) && (await neverRan(deps, existing))) return replace(deps, parts, options);
    if (options.wish === null || !isInUse(error)) throw error;
    return waitForOwnGpus(deps, { ...start, wish: options.wish });
  }
}

/** Nothing was ever done in it. */
async function neverRan(
  { engine }: Pick<ControlPlaneDependencies, 'engine'>,
  { record }: ObservedContainer,
): Promise<boolean> {
  return (await engine.inspectContainer(record.id)).startedAtMs === null;
}

/** The request with the image that its framework stands for. */
async function withFramework(
  deps: ControlPlaneDependencies,
  checked: CheckedInput,
  caller: Caller,
  options: UseCaseOptions,
): Promise<CheckedInput> {
  const { framework } = checked.input;
  if (framework === null) return checked;
  return { ...checked, image: await imageOfFramework(deps, { framework, caller }, options) };
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}
