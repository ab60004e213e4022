import {
  deployRequestSchema,
  ds01Error,
  type ContainerOutput,
  type DeployRequest,
  type Lease,
} from '@ds01/contracts';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import type { LocalImage } from './images/find-image.ts';
import { makeContainer } from './deploy/make.ts';
import { portsOf } from './deploy/published-ports.ts';
import { reserveOrRebuild } from './deploy/reserve.ts';
import { keepLayer, nextKeptTag } from './lifecycle/acting/keep-layer.ts';
import { isStuck } from './left-behind.ts';
import { leaseOf } from './lookup.ts';
import { summaryOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import { finishReplacement } from './reconcile/replacements.ts';
import { replacementNameOf } from './replacement-name.ts';
import type { ObservedContainer } from './reconcile/types.ts';
import { startExisting } from './start.ts';
import { openContainer } from './use-case.ts';

/**
 * Puts a stopped container on new devices: its writable layer is committed to
 * `ds01-<slug>/<name>:kept-<n>`, a new container starts from it, and only then the old one goes. At
 * every moment one of the two is there; what a crash leaves is finished by the next reconcile. While
 * its own devices are still held for it, it is just started, unless the engine can't.
 */
export async function recreate(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const opened = await openContainer(deps, { caller, name: input.name }, options);
  const { container, now, policy } = opened;
  const { record } = container;
  if (isAlive(container.state)) {
    throw ds01Error('container.running', {
      message: `${record.name} is running; only a stopped container can be recreated.`,
      hint: `ds01 container stop ${record.name}`,
    });
  }
  const lease = leaseOf(now.leases, record.id);
  const isStillHeld = lease !== undefined && lease.state !== 'lost';
  if (options.dryRun === true) {
    const note = isStillHeld
      ? 'it would be started on its own GPU'
      : 'it would be recreated on a free GPU';
    return { container: summaryOf(container, lease), note };
  }
  if (isStillHeld) {
    try {
      const { container: started } = await startExisting(deps, { ...opened, caller }, options);
      return { container: started, note: 'its GPU was still its own: it was started as it is' };
    } catch (error) {
      if (!isStuck(error)) throw error;
    }
  }
  const request = await requestOf(deps, container);
  const hasSecrets = record.mounts?.secrets === true;
  const reservation = await reserveOrRebuild(deps, {
    caller,
    policy,
    now,
    gpu: request.gpu,
    dockerName: replacementNameOf(record.dockerName),
    replaces: record.id,
  });
  let kept: string | null = null;
  const made = await makeContainer(
    deps,
    {
      caller,
      policy,
      reservation,
      name: record.name,
      prepareImage: async () => {
        options.onProgress?.(`keeping what was installed in ${record.name}`);
        const image = await commitLayer(deps, caller, container);
        kept = image.reference;
        return image;
      },
      project: record.project,
      workspace: request.workspace,
      createWorkspace: false,
      data: request.data,
      secrets: hasSecrets ? 'kept' : null,
      network: record.mounts?.network ?? request.network,
      ports: portsOf(request, { settings: policy.settings, ...record }),
      asked: request,
      // The secrets stay where they are.
      pinKey: hasSecrets ? record.pinKey : null,
      env: request.env,
      command: request.command,
      canonical: record.request,
      requestHash: record.requestHash ?? '',
      start: true,
    },
    options,
  ).catch(async (error: unknown) => {
    if (kept !== null) await letGo(deps, kept);
    throw error;
  });
  await finishReplacement(deps, { oldId: record.id, newId: made.details.id });
  const fresh = deps.store.transaction((transaction) =>
    transaction.containers.get(made.details.id),
  );
  const observed: ObservedContainer = {
    record: { ...(fresh ?? record), dockerName: record.dockerName },
    state: made.details.state,
    finishedAtMs: null,
  };
  return {
    container: summaryOf(observed, made.lease ?? undefined, made.details),
    note: [`recreated from ${made.details.image}`, ...gpuOf(made.lease)].join(', '),
  };
}

/** The image of a container that wasn't made: the layer is still the old container's. */
async function letGo(deps: ControlPlaneDependencies, reference: string): Promise<void> {
  try {
    await deps.engine.removeImage(reference);
  } catch (error) {
    deps.logger.warn('the image of a failed recreate stays', { reference, error: String(error) });
  }
}

/** It may be another, and a smaller one, than before. */
function gpuOf(lease: Lease | null): readonly string[] {
  return lease === null ? [] : [`on GPU ${lease.slots.map(({ slot }) => slot).join(', ')}`];
}

/** The request it was made with; after a lost database, what can be read from the container. */
async function requestOf(
  deps: ControlPlaneDependencies,
  container: ObservedContainer,
): Promise<DeployRequest> {
  const { record } = container;
  const stored =
    record.request === null ? null : deployRequestSchema.safeParse(JSON.parse(record.request));
  if (stored?.success === true) return stored.data;
  const { ports } = await deps.engine.inspectContainer(record.id);
  const count = record.devices.length;
  return deployRequestSchema.parse({
    image: record.image,
    workspace: record.workspace ?? '',
    project: record.project,
    gpu: count === 0 ? { kind: 'none' } : count === 1 ? { kind: 'any' } : { kind: 'whole', count },
    env: {},
    command: null,
    data: record.mounts?.data ?? [],
    ports: ports.map(({ containerPort, protocol, hostPort }) => ({
      containerPort,
      protocol,
      hostPort,
    })),
    network: record.mounts?.network ?? 'private',
  });
}

/** Its layer, as an image of its owner's. */
async function commitLayer(
  deps: ControlPlaneDependencies,
  caller: Caller,
  { record }: ObservedContainer,
): Promise<LocalImage> {
  const { slug } = caller.owner;
  return keepLayer(deps, record, await nextKeptTag(deps, { slug, name: record.name }));
}
