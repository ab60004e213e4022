export { cadenceOf } from './cadence.ts';
export { describeAction, ruleOfAction } from './describe-action.ts';
export { demandShare, isHighDemand } from './demand.ts';
export type { DemandInput } from './demand.ts';
export { evaluate } from './evaluate.ts';
export { exemptionOf } from './explain.ts';
export { lifecycleMemorySchema } from './memory.ts';
export { planLifecycle } from './plan.ts';
export type { PlannedStep } from './plan.ts';
export { containerTypeOf, lifecyclePolicyOf, resolveLifecycleLimits } from './resolve-limits.ts';
export type { LimitSources } from './resolve-limits.ts';
export {
  containerOccurrences,
  containerTransitions,
  containerVerbs,
  rulesOfState,
  stateAfter,
  verbsAllowedIn,
} from './states.ts';
export type { ContainerOccurrence, ContainerVerb } from './states.ts';
export type {
  ActivitySample,
  ContainerDoor,
  Evaluated,
  Evaluation,
  GivenWarning,
  LifecycleAction,
  LifecycleContainer,
  LifecycleExplanation,
  LifecycleLimits,
  LifecycleMemory,
  LifecyclePolicy,
  LifecycleSituation,
  Moment,
  PromisedTo,
  RuleForecast,
  SlotSample,
  WindowSample,
} from './types.ts';
