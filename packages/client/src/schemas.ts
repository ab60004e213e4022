export { exitFrameSchema, problemSchema, progressLineSchema, routes } from '@ds01/contracts';
export { eventSchema } from '@ds01/contracts/lifecycle';
export { operationLineSchema, operationSchema, queueEntrySchema } from '@ds01/contracts/service';
