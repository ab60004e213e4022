import type { EventView } from '@ds01/contracts/lifecycle';
import type { EventRecord } from '@ds01/ports';
import { describeEvent } from './describe.ts';

/** An event as people and programs read it. */
export function eventViewOf({ id, atMs, event }: EventRecord): EventView {
  const { type, user, container, containerId, details } = event;
  return {
    id,
    at: new Date(atMs).toISOString(),
    type,
    user,
    container,
    containerId,
    message: describeEvent(event, atMs),
    details: { ...details },
  };
}
