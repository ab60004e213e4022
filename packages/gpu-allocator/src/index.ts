export { allocate } from './allocate.ts';
export {
  amountOf,
  compareAmounts,
  fits,
  formatAmount,
  minus,
  nothing,
  plus,
  sumOf,
  unlimited,
  type Amount,
} from './amount.ts';
export { migGeometryOf } from './mig/boards.ts';
export { explainMigPlacement, type MigGpuExplanation } from './mig/explain.ts';
export {
  defineMigGeometry,
  type MigGeometry,
  type MigPlace,
  type MigProfilePlaces,
  type MigProfileShape,
} from './mig/geometry.ts';
export {
  placeMigInstance,
  type MigPlacement,
  type MigPlacementDecision,
  type MigPlacementRefusal,
} from './mig/place.ts';
export type { MigGpu, MigWant, PresentMigInstance } from './mig/request.ts';
export type { MigPlacementPolicy, MigPlacementStrategy, RandomSource } from './mig/strategies.ts';
export {
  availableFromMs,
  clashesOf,
  isReservationFor,
  type Claimant,
  type Clash,
} from './reserved.ts';
export { slotStates, type SlotOccupancy } from './slot-states.ts';
export { usageOf, type GpuUsage } from './usage.ts';
