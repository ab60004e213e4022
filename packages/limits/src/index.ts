export type { ConfigFile } from './config-file.ts';
export { containerResources } from './container-resources.ts';
export type {
  ClampNotice,
  ContainerResources,
  ContainerResourcesResult,
  HostCapacity,
} from './container-resources.ts';
export {
  aggregateLimits,
  allocationPolicy,
  exemptionFor,
  formatProblem,
  limitBytes,
  limitOrigin,
  reservationsAt,
  showHoldersOf,
} from './derived-limits.ts';
export type { AggregateLimits } from './derived-limits.ts';
export { changeOf, diffLimits } from './diff-limits.ts';
export type { ChangedLimit, ChangedUser } from './diff-limits.ts';
export {
  addExemption,
  addReservation,
  addTemporaryOverride,
  removeExemptions,
  removeReservation,
} from './edit/edit-lists.ts';
export { removeTemporaryLimits } from './edit/edit-lists.ts';
export type { Approval } from './edit/edit-lists.ts';
export { addMember, hasMember, removeInlineMember, removeMember } from './edit/edit-members.ts';
export { editOverride } from './edit/edit-override.ts';
export type { LimitEdits, OverrideEdit } from './edit/edit-override.ts';
export type { EditResult } from './edit/yaml-edit.ts';
export type { GivenLimit, LimitLayerValues } from './layer.ts';
export { loadPolicy } from './load-policy.ts';
export type { LoadedPolicy } from './load-policy.ts';
export type {
  AccessControl,
  BareMetalAccess,
  ContainerTypeLimits,
  ContainerTypeValue,
  ExemptLimit,
  LifecycleExemption,
  MemberOrigin,
  Policy,
  PolicyGroup,
  TemporaryOverride,
  WrittenReservation,
} from './policy.ts';
export { nearestName } from './nearest-name.ts';
export { matchesGlob, planGroupSync } from './plan-group-sync.ts';
export type { GroupRule, GroupSyncPlan, PlannedMember } from './plan-group-sync.ts';
export { findLimitKey, limitReference, readLimitValue } from './limit-reference.ts';
export type { LimitReference } from './limit-reference.ts';
export { groupOf, resolveLimits } from './resolve-limits.ts';
export type { UserLimits } from './resolve-limits.ts';
export { loadSiteSettings } from './site-settings.ts';
export type { LoadedSiteSettings } from './site-settings.ts';
export { mostYamlEntries, yamlEntriesAtMost } from './yaml-entries.ts';
