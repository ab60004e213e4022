export { exitFrameSchema, problemSchema, progressLineSchema, routes } from '@ds01/contracts';
export { eventSchema } from '@ds01/contracts/lifecycle';
export {
  operationLineSchema,
  operationSchema,
  queueEntrySchema,
  sessionOpenedSchema,
  sessionTakenSchema,
} from '@ds01/contracts/service';
