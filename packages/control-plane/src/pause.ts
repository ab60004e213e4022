import type { ContainerOutput, Lease } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { appendAbout } from './events/container-events.ts';
import { leaseOf, notRunning, operandOf } from './lookup.ts';
import { summaryOf } from './present.ts';
import { gpusIfQuick, openContainer } from './use-case.ts';

/** From one of the two states to the other. */
interface Switch {
  readonly from: 'running' | 'paused';
  readonly to: 'running' | 'paused';
  readonly call: 'pauseContainer' | 'unpauseContainer';
  readonly event: 'container.paused' | 'container.unpaused';
  readonly already: string;
  readonly planned: string;
  readonly note: (lease: Lease | undefined) => string | null;
}

const freeze: Switch = {
  from: 'running',
  to: 'paused',
  call: 'pauseContainer',
  event: 'container.paused',
  already: 'it was paused already',
  planned: 'it would be paused',
  note: (lease) => (lease === undefined ? null : 'its GPU stays taken while it is paused'),
};

const thaw: Switch = {
  from: 'paused',
  to: 'running',
  call: 'unpauseContainer',
  event: 'container.unpaused',
  already: 'it was not paused',
  planned: 'it would go on',
  note: () => null,
};

/** A container of a caller. */
interface Target {
  readonly caller: Caller;
  readonly name: string;
}

/** Freezes a running container; its GPU stays leased. Fails with `container.not-running`. */
export function pause(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  return turn(deps, freeze, { caller, name: input.name }, options);
}

/** Lets a paused container go on. One that runs is fine. Fails with `container.not-running`. */
export function unpause(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  return turn(deps, thaw, { caller, name: input.name }, options);
}

async function turn(
  deps: ControlPlaneDependencies,
  change: Switch,
  target: Target,
  options: UseCaseOptions,
): Promise<ContainerOutput> {
  const opened = await openContainer(deps, { ...target, foreign: 'allowed' }, gpusIfQuick(options));
  const { container, now } = opened;
  const lease = leaseOf(now.leases, container.record.id);
  if (container.state === change.to) {
    return { container: summaryOf(container, lease), note: change.already };
  }
  if (container.state !== change.from) throw notRunning(operandOf(container.record));
  if (options.dryRun === true) {
    return { container: summaryOf(container, lease), note: change.planned };
  }
  const { record } = container;
  await deps.engine[change.call](record.id);
  deps.store.transaction((transaction) =>
    appendAbout(transaction, { type: change.event, record }, deps.clock.nowMs()),
  );
  const turned = { ...container, state: change.to };
  return { container: summaryOf(turned, lease), note: change.note(lease) };
}
