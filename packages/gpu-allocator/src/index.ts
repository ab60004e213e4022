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
export { slotStates, type SlotOccupancy } from './slot-states.ts';
export { usageOf, type GpuUsage } from './usage.ts';
