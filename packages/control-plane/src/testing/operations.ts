import { createOperations, type Operations } from '../operations/operations.ts';
import type { World } from './world.ts';

/** The operations of a world, without a daemon. */
export function operationsOf(world: World): Operations {
  const deps = world.deps();
  return createOperations({
    policyFiles: deps.policyFiles,
    logger: deps.logger,
    clock: deps.clock,
    dependencies: async () => deps,
    withoutState: async () => deps,
    gate: () => ({ installed: true, mode: 'enforce', message: 'installed' }),
    version: () => ({ version: '0.0.0', node: 'v0', mode: 'embedded' }),
    ready: async () => ({ ready: true, reason: null }),
    cancel: () => false,
    keeper: null,
    lifecycle: null,
    queue: null,
    work: null,
    metrics: null,
  });
}
