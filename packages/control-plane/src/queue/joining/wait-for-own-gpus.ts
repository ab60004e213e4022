import { isDs01Error, slotUuidSchema } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { Waiting } from '../../deploy/reserve.ts';
import { ownGpusFingerprint } from '../../lease-own-gpus.ts';
import type { StartRequest } from '../../start.ts';
import { joinQueue, type WaitWish } from './join.ts';

/** True for the refusal of a start that only others’ GPUs, or the person’s own others, are in the way of. */
export function isInUse(error: unknown): boolean {
  return (
    isDs01Error(error) &&
    error.retryable &&
    /^(?:gpu\.(?:gone|none-free|reserved)|quota\.)/.test(error.code)
  );
}

/**
 * Waits for the very GPUs that a stopped container was made with: the engine knows them by their names.
 * Fails with `queue.*`.
 */
export function waitForOwnGpus(
  deps: ControlPlaneDependencies,
  request: StartRequest & { readonly wish: WaitWish },
): Waiting {
  const { caller, policy, container, wish } = request;
  const { record } = container;
  const asked = {
    caller,
    policy,
    gpu: { kind: 'exact' as const, uuids: record.devices.map((id) => slotUuidSchema.parse(id)) },
    container: record.name,
    dockerName: record.dockerName,
    fingerprint: ownGpusFingerprint(container),
  };
  return deps.store.transaction((transaction) => ({
    waiting: joinQueue(transaction, deps, { request: asked, wish }),
  }));
}
