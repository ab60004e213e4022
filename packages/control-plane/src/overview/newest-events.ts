import type { EventView } from '@ds01/contracts/lifecycle';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { eventViewOf } from '../events/view.ts';

const shownEvents = 20;
const everything = {
  sinceMs: null,
  untilMs: null,
  typePrefix: null,
  of: null,
  containers: null,
  beforeId: null,
};

/** The newest events of everybody, newest first. */
export function newestEvents(deps: Pick<ControlPlaneDependencies, 'store'>): EventView[] {
  const records = deps.store.transaction(({ events }) =>
    events.list({ ...everything, limit: shownEvents }),
  );
  return records.toReversed().map(eventViewOf);
}
