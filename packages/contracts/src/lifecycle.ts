// Events, the rules of the life of containers, and what administrators see of both.
export {
  eventSchema,
  eventTable,
  eventTypes,
  type EventDetails,
  type EventType,
  type EventView,
  type NewEvent,
} from './events.ts';
export {
  activitySignalSchema,
  explainOutputSchema,
  lifecycleRuleSchema,
  type ActivitySignal,
  type ExplainOutput,
  type LifecycleRule,
  type RuleLimit,
  type RuleView,
  type SignalView,
} from './lifecycle/explanation.ts';
export {
  hostGpuProcessSchema,
  overviewSchema,
  plannedActionSchema,
  type ActedOn,
  type HostGpuProcess,
  type Overview,
  type PlannedAction,
  type Workload,
} from './lifecycle/admin-views.ts';
export {
  eventFilterSchema,
  notificationChannelSchema,
  type EventFilter,
  type NotificationChannel,
} from './routes/lifecycle.ts';
export { webhookBodySchema, type WebhookBody } from './lifecycle/webhook.ts';
