export { showEvents, type EventsApi } from './events/show-events.ts';
