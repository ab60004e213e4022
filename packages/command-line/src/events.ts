export { linesOf } from './events/lines-of.ts';
export { showEvents, type EventsApi } from './events/show-events.ts';
export { readTime } from './events/read-time.ts';
