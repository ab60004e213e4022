// What serves people: the queue, long work, tokens, pages of lists.
export {
  operationIdSchema,
  operationLineSchema,
  operationSchema,
  operationStateSchema,
  type OperationState,
  type OperationView,
} from './http/operation.ts';
export { expiresSoon } from './http/token-expiry.ts';
export {
  createdTokenSchema,
  tokenIdSchema,
  tokenSchema,
  tokenScopeSchema,
  tokenSecretPattern,
  type CreatedToken,
  type TokenScope,
  type TokenView,
} from './http/token.ts';
export {
  adminQueueSchema,
  priorityClassSchema,
  queueEntryIdSchema,
  queueEntrySchema,
  queueListSchema,
  queueStateSchema,
  simulateOutputSchema,
  type PriorityClass,
  type QueueEntryView,
  type QueueState,
  type SimulateOutput,
} from './queue/queue.ts';
export { queueSettingsSchema, type QueueSettings } from './queue/queue-settings.ts';
export type { UploadId } from './routes/heads.ts';
export { neededScope } from './routes/scope.ts';
export { longestPage, nextCursorShape, pageCursorShape, pageShape } from './routes/page.ts';
export { metricTable, type MetricKind, type MetricName, type MetricType } from './http/metrics.ts';
export {
  sessionOpenedSchema,
  sessionOpeningSchema,
  sessionTakenSchema,
  type SessionOpened,
  type SessionOpening,
} from './wire-schemas.ts';
