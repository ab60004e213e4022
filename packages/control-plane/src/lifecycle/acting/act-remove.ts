import { slugOf } from '@ds01/contracts';
import type { LifecycleAction } from '@ds01/lifecycle';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { aboutContainer } from '../../events/container-events.ts';
import { appendEvent } from '../../events/record-event.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import { inspectOrNull } from '../../reconcile/observe.ts';
import type { Reconciled } from '../../reconcile/reconcile.ts';
import { removeFound } from '../../remove.ts';
import type { Assessed } from '../looking/assess.ts';
import { keepLayer, nextKeptTag, worthKeeping } from './keep-layer.ts';
import { chosenTag, noteKept, putChosenTag } from './kept-images.ts';
import { readSteady } from '../looking/steady-clock.ts';
import { tellAction } from './telling.ts';

/** A removal that a rule asks for. */
export type RemoveAction = Extract<LifecycleAction, { kind: 'remove' }>;

const dayMs = 24 * 3_600_000;
const reasons: Readonly<Record<RemoveAction['rule'], string>> = {
  'container-hold': 'it was stopped for as long as stopped ones are kept',
  'never-started': 'it was never started',
  job: 'its job has ended',
};

/**
 * Removes a container that doesn't run, because of a rule; what its layer changed is kept as an image
 * first. Its workspace stays. Somebody who starts it meanwhile wins. Fails with the engine's errors.
 */
export async function removeByRule(
  deps: ControlPlaneDependencies,
  of: { readonly policy: CurrentPolicy; readonly world: Reconciled; readonly assessed: Assessed },
  action: RemoveAction,
): Promise<void> {
  const { policy, world, assessed } = of;
  const { container } = assessed.subject;
  const { record } = container;
  const keptAs = action.keepLayer ? await keep(deps, of) : null;
  const details = await inspectOrNull(deps, record.id);
  if (details !== null && isAlive(details.state)) return;
  const reason = reasons[action.rule];
  await removeFound(deps, { policy, now: world, container, force: false, reason }, {});
  deps.store.transaction((transaction) => {
    const now = readSteady(transaction.meta, deps.clock);
    const rule = action.rule;
    const event = { type: 'lifecycle.container-removed' as const, ...aboutContainer(record) };
    appendEvent(transaction, { ...event, details: { rule, keptAs } }, now.wallMs);
    const forMs = policy.settings.lifecycle.kept_days * dayMs;
    const kept = keptAs === null ? null : { image: keptAs, forMs };
    tellAction(transaction, { policy, now, assessed }, { action, kept });
  });
}

/** Keeps its layer if anything in it is worth that; the image's name, else `null`. */
async function keep(
  deps: ControlPlaneDependencies,
  { assessed }: { readonly assessed: Assessed },
): Promise<string | null> {
  const { record } = assessed.subject.container;
  if (record.user === null) return null;
  const details = await inspectOrNull(deps, record.id);
  if (details === null || isAlive(details.state)) return null;
  const changes = await deps.engine.containerChanges(record.id);
  if (worthKeeping(changes, details).length === 0) return null;
  // Chosen once: what is done again after a crash takes the same place.
  const known = deps.store.transaction(({ meta }) => chosenTag(meta, record.id));
  const target =
    known ?? (await nextKeptTag(deps, { slug: slugOf(record.user), name: record.name }));
  deps.store.transaction(({ meta }) => putChosenTag(meta, record.id, target));
  const { reference } = await keepLayer(deps, record, target);
  deps.store.transaction(({ meta }) => {
    noteKept(meta, { reference, record, atMs: readSteady(meta, deps.clock).nowMs });
  });
  return reference;
}
