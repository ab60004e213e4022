export type { Caller, CallerToken, UseCaseOptions } from './caller.ts';
export type { ControlPlaneDependencies, StatelessDependencies } from './dependencies.ts';
export { deploy } from './deploy/deploy.ts';
export type { DeployResult } from './deploy/parts.ts';
export type { DeployInput } from './deploy/input.ts';
export { doctor, type GateState } from './doctor/doctor.ts';
export { gpuExplain, gpuStatus } from './gpu.ts';
export { showLimits, type LimitsDependencies, type LimitsView } from './limits.ts';
export { loadCurrentPolicy, type CurrentPolicy, type UserPolicy } from './policy.ts';
export {
  engineInfo,
  reconcile,
  type Reconciled,
  type ReconcileOptions,
} from './reconcile/reconcile.ts';
export { pause, unpause } from './pause.ts';
export { recreate } from './recreate.ts';
export { remove, retire, type RemoveInput } from './remove.ts';
export { exec, logs, type ExecInput } from './session.ts';
export { stop, type StopInput } from './stop.ts';
export { list, show, start, type ContainerView, type ListInput } from './verbs.ts';
export { whenOver, whenThere, type NowOrLater } from './now-or-later.ts';
export { answersAtOnce } from './operations/at-once-calls.ts';
export type { Person } from './operations/call.ts';
export type { OperationsHost } from './operations/host.ts';
export { createOperations, type Operations } from './operations/operations.ts';
export { roleOf } from './roles.ts';
export { adminContainers } from './admin.ts';
export { giveUpBuilds } from './images/build/recover.ts';
export { noteOutOfMemory } from './events/container-oom.ts';
export { pruneEvents } from './events/prune.ts';
export { recordEvent } from './events/record-event.ts';
export { createLifecycle, type Lifecycle } from './lifecycle/create-lifecycle.ts';
export { createStallWatch, type StallWatch } from './lifecycle/stall-watch.ts';
export { deliverDue } from './notifications/deliver.ts';
export { measureNext, type StorageStep } from './storage/measure-next.ts';
export { createTurns } from './operations/turns.ts';
export { mirrorListing } from './reconcile/listing-mirror.ts';
export { createSharedLooks, type SharedLooks } from './reconcile/shared-looks.ts';
export { authenticate, belongsTo, stillCounts } from './tokens/authenticate.ts';
export { createEndTokensOfTheGone } from './tokens/end-tokens-of-the-gone.ts';
export {
  beginWork,
  boundWork,
  endWork,
  interruption,
  interruptWork,
  pruneWork,
  type NewWork,
  type WorkEnd,
} from './work/work-ledger.ts';
export { findDockerfile } from './images/build/context/find-dockerfile.ts';
export { operationViewOf } from './work/operation-view.ts';
export { workFingerprint } from './work/work-fingerprint.ts';
export type { WorkUnderWay } from './operations/service-hosts.ts';
export { expiryToTell, tellExpiringTokens } from './tokens/expiring.ts';
export { hashOfSecret } from './tokens/token-secret.ts';
export { createQueue, type Queue } from './queue/granting/create-queue.ts';
export { watchLedger, type LedgerWatch } from './queue/ledger/watch-ledger.ts';
